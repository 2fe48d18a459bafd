/** What keeps a signature base from being made: an unknown or repeated component, or a field that is not there. */
export class ComponentFault extends Error {}
