// The pages, by the name of their picture, and the addresses that show each.

/** @param {{tenant: string, tenantId: string, tenantHash: string, requestId: string}} known what the flow made */
export function pagesOf({ tenant, tenantId, tenantHash, requestId }) {
  return {
    overview: '#/',
    requests: '#/requests',
    refused: '#/requests?tab=refused',
    request: `#/requests/${requestId}`,
    usage: '#/usage',
    alerts: `#/alerts?tenant=${tenant}&tenant_id=${tenantId}`,
    tenants: '#/tenants',
    tenant: tenantHash,
    projects: `${tenantHash}?tab=projects`,
    members: `${tenantHash}?tab=members`,
    plan: `${tenantHash}?tab=plan`,
    prompts: `${tenantHash}?tab=prompts`,
    plans: '#/plans',
    keys: '#/keys',
    models: '#/models',
    playground: '#/playground',
    audit: '#/audit',
    settings: '#/settings',
  };
}

/** Loads a page anew, as from a bookmark: the fragment alone would not. */
export async function load(page, base, hash) {
  await page.goto('about:blank');
  await page.goto(`${base}/console/${hash}`);
  await page.locator('.shell h1').first().waitFor();
}

/** Waits until nothing is being read any more: no grey bars, fonts there. */
export async function settled(page, least = 300) {
  await page.waitForTimeout(least);
  await page.waitForFunction(() => document.fonts.status === 'loaded' && document.querySelector('.bone') === null, null, {
    timeout: 5000,
  });
}

/** Counts and times the requests of a page, but for the stream of live figures. */
export class Requests {
  constructor(page) {
    this.page = page;
    this.begin();
    page.on('request', (request) => {
      if (['fetch', 'xhr', 'eventsource'].includes(request.resourceType())) this.sent.push(request);
    });
  }

  begin() {
    this.sent = [];
  }

  get count() {
    return this.sent.length;
  }

  /** Path and milliseconds of those that were answered; a stream never is. */
  times() {
    return this.sent
      .map((request) => ({ path: new URL(request.url()).pathname, ...request.timing() }))
      .filter(({ responseEnd }) => responseEnd > 0)
      .map(({ path, requestStart, responseEnd }) => ({ path, millis: responseEnd - requestStart }));
  }
}
