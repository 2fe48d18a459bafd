/** Whether what is sent there travels unprotected over a network, where it can be read and replaced. */
export function isUnprotected(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return (
    protocol === 'http:' &&
    hostname !== 'localhost' &&
    hostname !== '[::1]' &&
    !/^127(\.\d+){3}$/.test(hostname)
  )
}
