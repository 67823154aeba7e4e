/** The environments that vendors know. Development is on people's own machines. */
export const environments = ["staging", "production"] as const;
export type EnvironmentName = (typeof environments)[number];

/** Where people and programs find one environment. */
export interface Hosts {
  /** The web application. */
  web: string;
  /** The API behind the blue/green route. */
  api: string;
}

/** Every host name derives from the one domain in the config. */
export function hostsOf(domain: string): { production: Hosts; staging: Hosts; www: string } {
  return {
    production: { web: domain, api: `api.${domain}` },
    staging: { web: `staging.${domain}`, api: `api.staging.${domain}` },
    www: `www.${domain}`,
  };
}

/** Where one web project is found: at the domain itself, or at a name below it. */
export function webHosts(domain: string, subdomain?: string): { production: string; staging: string } {
  const { production, staging } = hostsOf(domain);
  return subdomain === undefined
    ? { production: production.web, staging: staging.web }
    : { production: `${subdomain}.${production.web}`, staging: `${subdomain}.${staging.web}` };
}
