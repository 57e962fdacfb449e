/** What crosses between contexts without being copied. */
export interface Capability {
  readonly kind: string;
}
