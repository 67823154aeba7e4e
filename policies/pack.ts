import { PolicyPack } from "@pulumi/policy";
import { immutableImage } from "./kubernetes/immutable-image.ts";

new PolicyPack("pulse-infra", { policies: [immutableImage] });
