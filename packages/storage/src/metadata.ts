import { nonCircularClone } from "@miniflare/shared";

/** A copy of what a user stored beside a value: as JSON keeps it; what counts as false is itself. */
export function cloneMetadata<Meta>(metadata?: unknown): Meta | undefined {
  return (metadata ? nonCircularClone(metadata) : metadata) as Meta | undefined;
}
