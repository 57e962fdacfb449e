/** What begins each object in a payload that neither V8 knows nor stored values have. */

/** The number of a capability follows. */
export const CAPABILITY = 64;
/** What the request consists of follows. */
export const REQUEST = 65;
/** What the response consists of follows. */
export const RESPONSE = 66;
