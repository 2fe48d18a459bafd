/** The three forms of HTTP-date; all of them are UTC. The day of the week is not looked at. */
const FORMS: readonly RegExp[] = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  /^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  // Sunday, 06-Nov-94 08:49:37 GMT
  /^[A-Z][a-z]{5,8}, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/,
  // Sun Nov  6 08:49:37 1994
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>\d\d| \d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
]

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/**
 * An HTTP-date as Unix time in milliseconds; `undefined` for what is none.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
 */
export function httpDateMs(text: string): number | undefined {
  for (const form of FORMS) {
    const { day = '', month = '', year = '', time = '' } = form.exec(text)?.groups ?? {}
    if (day === '') continue
    const monthNumber = String(MONTHS.indexOf(month) + 1).padStart(2, '0')
    const date = `${fullYear(year)}-${monthNumber}-${day.trim().padStart(2, '0')}`
    const dateMs = Date.parse(`${date}T${time}Z`)
    // JavaScript turns 30 February into 1 March.
    return !Number.isNaN(dateMs) && new Date(dateMs).toISOString().startsWith(date) ? dateMs : undefined
  }
  return undefined
}

/** Two digits that would lie more than 50 years ahead are of the century before. */
function fullYear(digits: string): string {
  if (digits.length === 4) return digits
  const thisYear = new Date().getUTCFullYear()
  const year = Math.floor(thisYear / 100) * 100 + Number(digits)
  return String(year > thisYear + 50 ? year - 100 : year)
}
