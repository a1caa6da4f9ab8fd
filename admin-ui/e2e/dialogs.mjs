// What opens above a page: its picture in both themes and sizes, and what axe finds in it.
import { Flow, TENANT } from './flow.mjs';

const KEY = 'batch-eu';

/** @param flow made the tenant; `look` takes the pictures on `page`, where the owner is signed in */
export async function dialogs({ flow: made, look, page }) {
  const flow = new Flow(page, made);
  const { dialog } = flow;
  const seen = async (name) => {
    await dialog.waitFor();
    await look.everywhere(name);
  };
  const close = async () => {
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  };

  await flow.go('#/keys');
  await flow.button('New key').first().click();
  await flow.field('Name', dialog).fill(KEY);
  await flow.choose('Tenant', TENANT, dialog);
  await dialog.getByText('All but these', { exact: true }).click();
  await seen('dialog-key');
  await dialog.getByText('All models', { exact: true }).click();
  await flow.button('Make the key').click();
  await page.getByTestId('secret').waitFor();
  await seen('dialog-secret');
  await flow.button('I have stored it').click();
  await dialog.waitFor({ state: 'detached' });
  await flow.button(`Acts on ${KEY}`).click();
  await page.getByRole('menuitem', { name: 'Revoke' }).click();
  await seen('dialog-revoke');
  await close();

  await flow.go(made.tenantHash);
  await flow.button('Edit limits').click();
  await flow.choose('Limit', 'Tokens today', dialog);
  await flow.field('At most, in tokens', dialog).fill('20');
  await dialog.getByText(/^In the last \d+ days/).waitFor();
  await seen('dialog-limits');
  await close();

  await flow.go('#/models');
  await flow.button('Load a model').first().click();
  await flow.field('Model', dialog).fill(made.modelPath);
  await flow.field('Name in the API', dialog).fill('third');
  await flow.button('Plan the memory').click();
  await dialog.getByText('Fits', { exact: true }).waitFor();
  await seen('dialog-load');
  await close();

  await flow.go('#/alerts');
  await flow.choose('Tenant', TENANT);
  await flow.button('New alert').click();
  await seen('dialog-alert');
  await close();
}
