/**
 * Requests to S3 and to servers like it: path-style addresses, signed (Signature Version 4) where the environment has a
 * key (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html).
 *
 * @module
 */

import type { AwsClient } from "npm:aws4fetch@1.0.20";
import { remoteFailure } from "./url.ts";

/** Environment variables that are looked at for `s3://`, and for nothing else. */
export const S3_VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ENDPOINT_URL_S3",
  "AWS_ENDPOINT_URL",
] as const;

let client: AwsClient | undefined;

/** Sends a request for `s3://BUCKET/KEY`. */
export async function fetchFromS3(path: string, request: RequestInit): Promise<Response> {
  const [accessKeyId, secretAccessKey, sessionToken, named, usual, own, shared] = S3_VARIABLES.map((name) =>
    Deno.env.get(name)
  );
  const region = named || usual || "us-east-1";
  const endpoint = (own || shared || `https://s3.${region}.amazonaws.com`).replace(/\/+$/, "");
  if (!URL.canParse(endpoint)) {
    throw remoteFailure(path, `AWS_ENDPOINT_URL must be an address: current value is '${endpoint}'`);
  }
  const url = endpoint + path.slice("s3:/".length);
  if (!accessKeyId || !secretAccessKey) return await fetch(url, request);
  if (client === undefined) {
    const { AwsClient } = await import("npm:aws4fetch@1.0.20");
    client = new AwsClient({ accessKeyId, secretAccessKey, sessionToken, service: "s3", region, retries: 0 });
  }
  return await client.fetch(url, request);
}
