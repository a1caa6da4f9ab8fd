import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { addressOf, answer, headersOf } from '../lib/api/client';
import { save } from '../lib/download';
import type { Data, Schemas } from '../lib/api/types';
import { anyMoney } from '../lib/format';
import { useSession } from '../lib/session';
import { Icon } from './Icon';
import { Panel } from './Panel';
import { Failure, Fault, Loading } from './states';
import { StatusTag } from './StatusTag';

type Invoice = Data<'InvoiceView', 'id' | 'number' | 'created_at'>;

/** Months of an organization; the one that runs is a draft. */
export function Invoices({ organization }: { organization: string }) {
  const { within, credentials } = useSession();
  const [failed, setFailed] = useState<Error | null>(null);
  const invoices = useQuery({
    queryKey: ['invoices', organization],
    queryFn: async () => {
      const api = within(organization);
      const [draft, past] = await Promise.all([
        answer<Invoice>(api.GET('/v1/organization/invoices/draft')),
        answer<{ data: Invoice[] } & Schemas['ListPageInvoiceView']>(api.GET('/v1/organization/invoices', { params: { query: { limit: 24 } } })),
      ]);
      return [draft, ...past.data];
    },
  });
  const csv = async (invoice: Invoice) => {
    try {
      const path = `/v1/organization/invoices/${invoice.id ?? 'draft'}/csv`;
      const response = await fetch(addressOf(path), { headers: headersOf({ ...credentials, organization }) });
      if (!response.ok) throw new Error(`The server answered with HTTP ${response.status}.`);
      save(`${invoice.number ?? `draft-${invoice.month}`}.csv`, await response.text());
      setFailed(null);
    } catch (error) {
      setFailed(error as Error);
    }
  };
  return (
    <Panel title="Invoices" note={invoices.data?.[0] ? `months of ${invoices.data[0].time_zone}` : undefined}>
      <Fault error={failed} />
      {invoices.isError ? (
        <Failure what="Invoices could not be read." error={invoices.error} onRetry={() => void invoices.refetch()} />
      ) : invoices.data === undefined ? (
        <Loading />
      ) : (
        <div className="scroll-x" tabIndex={0} role="region" aria-label="Table of invoices">
          <table>
            <caption className="sr">Invoices</caption>
            <thead>
              <tr>
                <th scope="col">Month</th>
                <th scope="col">Number</th>
                <th scope="col" className="number wide-only">
                  Opening
                </th>
                <th scope="col" className="number wide-only">
                  Credits
                </th>
                <th scope="col" className="number">
                  Usage
                </th>
                <th scope="col" className="number">
                  Due
                </th>
                <th scope="col" className="number">
                  <span className="sr">File</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {invoices.data.map((invoice) => (
                <tr key={invoice.month}>
                  <td>{invoice.month}</td>
                  <td>{invoice.number ?? <StatusTag status="info">Runs</StatusTag>}</td>
                  <td className="number wide-only">{anyMoney(invoice.opening_balance * 1e6)}</td>
                  <td className="number wide-only">{anyMoney(invoice.credits * 1e6)}</td>
                  <td className="number">{anyMoney(invoice.usage * 1e6)}</td>
                  <td className="number medium">{anyMoney(invoice.amount_due * 1e6)}</td>
                  <td className="number">
                    <Button variant="subtle" px="xs" aria-label={`CSV of ${invoice.month}`} onClick={() => void csv(invoice)}>
                      <Icon name="download" small />
                      <span className="wide-only">&nbsp;CSV</span>
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
