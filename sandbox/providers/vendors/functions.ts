import { UserError } from "../../errors.ts";
import { getList, getString, plainObject, type Json, type JsonObject } from "../shared/values.ts";
import type { Place } from "./operations.ts";
import { asProperty, kindOfToken, type KindFacts } from "./facts.ts";
import { Maker } from "./maker.ts";

/** Answers a function of the provider: an object of this cloud, else one that looks as if it were there. */
export function call(place: Place, token: string, facts: KindFacts, inputs: JsonObject): JsonObject {
  const args = plainObject(inputs);
  const name = kindOfToken(token);
  if (place.vendor === "aws") return awsFunction(place, name, args);
  const found = lookUp(place, name.replace(/^get/, ""), args);
  const make = new Maker(`${token}${JSON.stringify(args)}`);
  const made: JsonObject = {};
  for (const [key, written] of Object.entries({ ...facts.inputs, ...facts.outputs })) {
    const { type, required, computed } = asProperty(written);
    if (required || computed || key === "id") made[key] = plausible(type, key, make);
  }
  return { ...made, ...found, ...args };
}

function plausible(type: string, key: string, make: Maker): Json {
  if (type.endsWith("[]")) return [];
  if (type === "boolean") return true;
  if (type === "string") return key.toLowerCase().endsWith("id") ? String(make.number()) : make.letters(8);
  return type === "number" || type === "integer" ? make.number() : {};
}

/** The object of that kind whose properties are as asked for. */
function lookUp(place: Place, kind: string, args: JsonObject): JsonObject {
  const objects = place.cloud.read()[place.vendor]?.[kind] ?? {};
  const asked = Object.entries(args).filter(([key]) => key !== "organization");
  const match = Object.entries(objects).find(
    ([id, object]) =>
      asked.length > 0 && asked.every(([key, value]) => object[key] === value || id === value),
  );
  return match ? { ...match[1], id: match[0] } : {};
}

function awsFunction({ account }: Place, name: string, args: JsonObject): JsonObject {
  const { accountId, region } = account;
  switch (name) {
    case "getCallerIdentity":
      return {
        accountId,
        arn: `arn:aws:iam::${accountId}:user/sandbox`,
        id: accountId,
        userId: "AIDASANDBOX",
      };
    case "getPartition":
      return { partition: "aws", dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws", id: "aws" };
    case "getRegion":
      return {
        region,
        name: region,
        id: region,
        description: region,
        endpoint: `ec2.${region}.amazonaws.com`,
      };
    case "iam.getPolicyDocument":
      return policyDocument(args);
    default:
      throw new UserError(`the AWS stand-in provider does not have the function ${name}`);
  }
}

/** One value stands alone in a policy document. */
const asList = (values: Json[]): Json => (values.length === 1 ? (values[0] ?? null) : values);

function policyDocument(args: JsonObject): JsonObject {
  const Statement = getList(args, "statements").map((statement) => {
    const result: JsonObject = {
      Sid: getString(statement, "sid") ?? "",
      Effect: getString(statement, "effect") ?? "Allow",
    };
    for (const [key, name] of Object.entries({
      actions: "Action",
      notActions: "NotAction",
      resources: "Resource",
    })) {
      const values = getList(statement, key);
      if (values.length > 0) result[name] = asList(values);
    }
    const principals = getList(statement, "principals");
    if (principals.length > 0)
      result.Principal = Object.fromEntries(
        principals.map((principal) => [
          getString(principal, "type") ?? "",
          asList(getList(principal, "identifiers")),
        ]),
      );
    const Condition: Record<string, JsonObject> = {};
    for (const condition of getList(statement, "conditions")) {
      const test = getString(condition, "test") ?? "";
      (Condition[test] ??= {})[getString(condition, "variable") ?? ""] = asList(getList(condition, "values"));
    }
    if (Object.keys(Condition).length > 0) result.Condition = Condition;
    return result;
  });
  const document = { Version: getString(args, "version") ?? "2012-10-17", Statement };
  const json = JSON.stringify(document, undefined, 2);
  return {
    ...args,
    id: getString(args, "policyId") ?? "policy",
    json,
    minifiedJson: JSON.stringify(document),
  };
}
