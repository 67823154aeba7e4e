import type { GatewayKind } from "../../infra/domain/gatewayKinds.ts";
import type { EdgeLimits } from "./gateways/adapter.ts";

/** The listener for users, which speaks TLS alone. */
export const userListener = "https";

/** The listener that sends users of plain HTTP to the one above. */
export const redirectListener = "http";

/** The listener for smoke tests, at which one colour alone answers; not to be opened to the world. */
export const internalListener = "internal";

/** Where the certificate comes from: an issuer of cert-manager, or a Secret that somebody keeps up to date. */
export type TlsArgs =
  | {
      /** The issuer that cert-manager asks. */
      certManagerIssuer: { name: string; kind: "ClusterIssuer" | "Issuer" };
    }
  | {
      /** A Secret of type kubernetes.io/tls. */
      secretName: string;
      /** Default: the Gateway's; another one needs a ReferenceGrant there. */
      secretNamespace?: string;
    };

export interface EdgeGatewayArgs {
  /** Name of the Gateway, and the namespace that it is in. */
  gateway: { name: string; namespace: string };
  /** What to make of it; undefined where a platform team owns the Gateway, with its listeners and certificates. */
  own?: {
    className: string;
    httpPort: number;
    httpsPort: number;
    internalPort: number;
    tls: TlsArgs;
  };
  /** Which implementation runs behind the class. */
  kind: GatewayKind;
  /** Host name of the certificate. */
  hostname: string;
  /** The application: its routes' namespace, and the name of the HTTPRoute that carries user traffic. */
  app: { name: string; namespace: string };
  limits: EdgeLimits;
}
