// The programs whose transcripts are meant to differ: why, and what each side writes.
export const differences = {};
