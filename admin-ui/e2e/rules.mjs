// What a person changes about a key and about what is stored, by clicking.
import { assert } from './rows.mjs';
import { TENANT } from './flow.mjs';

const SLOW_MS = 30_000;
const PAUSE_MS = 200;

/** A key is denied a model while it is in use, then allowed again. */
export async function editKey(flow) {
  const { page, dialog, model } = flow;
  const edit = async (mode) => {
    await flow.go(`#/keys?tenant=${TENANT}`);
    await flow.button('Acts on prod-eu').click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await dialog.getByText(mode, { exact: true }).click();
  };
  await edit('All but these');
  // The list stays open, so that several can be chosen.
  await flow.field('Denied models', dialog).click();
  await page.getByRole('option', { name: model, exact: true }).click();
  await page.keyboard.press('Tab');
  await flow.button('Save').click();
  await page.getByText(`all but ${model}`).waitFor();
  await until(async () => (await ask(flow, 'Hi')).status === 403, 'the key may call the model that is denied');
  await edit('All models');
  await flow.button('Save').click();
  await dialog.waitFor({ state: 'detached' });
  await until(async () => (await ask(flow, 'Hi')).status === 200, 'the key may not call the model');
}

/** Prompts are stored, one is read in its request's page, all are deleted. */
export async function storePrompts(flow, look) {
  const { page, dialog } = flow;
  const text = 'What is a penstock?';
  await flow.go(`${flow.tenantHash}?tab=prompts`);
  await flow.button('Store them').click();
  await flow.field('Days', dialog).fill('7');
  await dialog.getByRole('button', { name: 'Store them' }).click();
  await page.getByText('7 days', { exact: true }).waitFor();
  let id = '';
  await until(async () => {
    id = (await ask(flow, text)).headers.get('x-request-id');
    await page.waitForTimeout(PAUSE_MS);
    const { stored } = await flow.api('/v1/organization/prompt_storage', { headers: { 'OpenAI-Organization': TENANT } });
    return stored > 0;
  }, 'nothing is stored');
  await flow.go(`#/requests/${id}`);
  await flow.button('Show them').click({ timeout: SLOW_MS });
  await page.getByText(text).waitFor();
  await page.getByText(text).scrollIntoViewIfNeeded();
  await look.everywhere('request-prompt');
  await flow.go(`${flow.tenantHash}?tab=prompts`);
  await page.getByText('7 days', { exact: true }).waitFor();
  await look.everywhere('prompts-stored');
  await flow.button('Stop and delete').click();
  await page.getByLabel(new RegExp(`^Type ${TENANT}`)).fill(TENANT);
  await flow.button(`Delete ${TENANT}`).click();
  await page.getByText('not a word of it').waitFor();
  await flow.go(`#/requests/${id}`);
  await page.getByText('Prompts and answers are not stored.').waitFor({ timeout: SLOW_MS });
}

/** A short answer for the key. */
function ask({ base, secret, model }, content) {
  return fetch(`${base}/v1/chat/completions`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 4, messages: [{ role: 'user', content }] }),
  });
}

async function until(holds, otherwise) {
  const end = Date.now() + SLOW_MS;
  while (!(await holds())) {
    assert(Date.now() < end, otherwise);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
