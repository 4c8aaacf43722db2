/** A value cannot be taken, for the reason that its message gives to whoever typed it. */
export class Refused extends Error {}
