import * as pulumi from "@pulumi/pulumi";
import { unansweredText, type VendorName } from "../infra/domain/vendors.ts";

/** Errors by their text: the engine's host reports each error once, however many questions fail for the same reason. */
const told = new Map<string, pulumi.RunError>();

/**
 * Something that exists at a vendor already, found by a function of its provider. A vendor that does not answer ends
 * the program in a sentence, where the SDK would print a stack trace for each question.
 */
export function lookUp<T>(vendor: VendorName, answer: Promise<T>): pulumi.Output<pulumi.Unwrap<T>> {
  return pulumi.output(
    answer.catch((error: unknown) => {
      throw unanswered(vendor, error instanceof Error ? error.message : String(error));
    }),
  );
}

function unanswered(vendor: VendorName, reason: string): pulumi.RunError {
  const text = unansweredText(vendor, reason);
  const known = told.get(text);
  if (known) return known;
  const error = new pulumi.RunError(text);
  // The SDK writes the path of the input that waited for the answer in front of it, which helps nobody.
  Object.defineProperty(error, "message", { get: () => text, set: () => undefined });
  told.set(text, error);
  return error;
}
