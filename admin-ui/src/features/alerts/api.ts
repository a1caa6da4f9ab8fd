import type { Data } from '../../lib/api/types';

export type Rule = Data<'SpendAlertView'>;
export type Webhook = Data<'WebhookView'>;
export type Delivery = Data<'WebhookDeliveryView', 'next_attempt_at' | 'last_status' | 'last_error'>;

export const KINDS = [
  { value: 'spend_per_month', label: 'Money this month' },
  { value: 'spend_per_day', label: 'Money today' },
  { value: 'tokens_per_month', label: 'Tokens this month' },
  { value: 'tokens_per_day', label: 'Tokens today' },
  { value: 'requests_per_day', label: 'Requests today' },
];

export function kindWords(kind: string): string {
  return KINDS.find((k) => k.value === kind)?.label ?? kind;
}
