// Tenants that use the installation while somebody looks at it, so that pages are seen with something in them.

const TENANTS = [
  { name: 'aster-bank', key: 'risk-desk', plan: 'gold', weight: 6, tier: 'priority', limits: { tokens_per_day: 40_000, requests_per_minute: 120 } },
  { name: 'halden-health', key: 'triage', weight: 4, tier: 'default', limits: { spend_per_month: 5_000_000, tokens_per_minute: 6_000 } },
  { name: 'mosaic-retail', key: 'catalogue', weight: 3, tier: 'flex', limits: { tokens_per_month: 1_000_000 } },
  { name: 'lumen-tutors', key: 'lessons', weight: 2, tier: 'default', limits: { requests_per_minute: 1 } },
  { name: 'fjord-media', key: 'subtitles', weight: 1, tier: 'flex', limits: {} },
];
const QUESTIONS = ['Why is the sky blue?', 'Name three rivers of Europe.', 'What is a penstock?', 'Write a haiku about a dam.'];

export class Company {
  constructor({ base, adminKey, model }) {
    Object.assign(this, { base, adminKey, model, over: false, asked: 0 });
  }

  async call(path, key, method, body) {
    const response = await fetch(this.base + path, {
      method,
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.json();
  }

  /** Makes them, then lets them ask, one at a time: the machine must stay free for who clicks. */
  async begin() {
    const admin = (path, method, body) => this.call(path, this.adminKey, method, body);
    await admin('/admin/plans', 'POST', { name: 'gold', tiers: ['priority', 'default', 'flex', 'batch'], weight: 4, max_queued_requests: 50 });
    for (const tenant of TENANTS) {
      const { id } = await admin('/admin/tenants', 'POST', { name: tenant.name });
      if (tenant.plan) await admin(`/admin/tenants/${id}/plan`, 'PUT', { plan: tenant.plan });
      for (const [kind, value] of Object.entries(tenant.limits)) {
        await admin('/admin/limits', 'PUT', { scope: 'organization', scope_id: id, kind, model: '', value, partial: false });
      }
      tenant.secret = (await admin(`/admin/tenants/${id}/keys`, 'POST', { name: tenant.key })).key;
    }
    const turns = TENANTS.flatMap((tenant) => Array(tenant.weight).fill(tenant)).sort((a, b) => a.key.length - b.key.length);
    this.asking = (async () => {
      for (let i = 0; !this.over; i = (i + 5) % turns.length) await this.ask(turns[i]);
    })();
  }

  async ask({ secret, tier }) {
    const n = this.asked++;
    const abort = new AbortController();
    try {
      const response = await fetch(`${this.base}/v1/chat/completions`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({
          model: this.model,
          stream: true,
          service_tier: tier,
          max_tokens: 12 + ((7 * n) % 24),
          messages: [{ role: 'user', content: QUESTIONS[n % QUESTIONS.length] }],
        }),
        signal: abort.signal,
      });
      const reader = response.body.getReader();
      for (let chunks = 0; !(await reader.read()).done; chunks++) {
        if (n % 11 === 10 && chunks === 4) abort.abort(); // somebody closes the window
      }
    } catch (error) {
      if (error.name !== 'AbortError') throw error;
    }
  }

  async end() {
    this.over = true;
    await this.asking;
  }
}
