/** `request.cf`: what Cloudflare's edge would tell of a request, were there one. */

/** Told of every request from outside; as `wrangler dev` tells when it cannot ask. Fixed, and frozen. */
export const incomingCf: object = Object.freeze({
  asOrganization: "",
  asn: 395747,
  colo: "DFW",
  city: "Austin",
  region: "Texas",
  regionCode: "TX",
  metroCode: "635",
  postalCode: "78701",
  country: "US",
  continent: "NA",
  timezone: "America/Chicago",
  latitude: "30.27130",
  longitude: "-97.74260",
  clientTcpRtt: 0,
  httpProtocol: "HTTP/1.1",
  tlsCipher: "AEAD-AES128-GCM-SHA256",
  tlsVersion: "TLSv1.3",
});

/** A copy of what a program says of its own request: what JSON can say of it. */
export function cfFrom(given: unknown): object {
  if (typeof given === "object" && given !== null) return JSON.parse(JSON.stringify(given));
  throw new TypeError(
    "Incorrect type for the 'cf' field on 'RequestInitializerDict': the provided value is not of type 'Object'.",
  );
}
