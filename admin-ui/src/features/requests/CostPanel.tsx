import { Panel } from '../../components/Panel';
import { exactMoney, full, money, moment } from '../../lib/format';
import type { Detail, Ended } from './api';

/** What was charged, line by line; the sum is the ledger's. */
export function CostPanel({ booked, prices }: { booked: Ended; prices: Detail['prices'] }) {
  const lines = [
    { what: 'Prompt, computed', tokens: booked.prompt_tokens - booked.cached_tokens, price: prices?.prompt },
    { what: 'Prompt, from cache', tokens: booked.cached_tokens, price: prices?.cached },
    { what: 'Output', tokens: booked.completion_tokens, price: prices?.completion },
  ];
  return (
    <Panel
      title="What it cost"
      foot={
        prices
          ? `Price version ${prices.version}, fixed when it was admitted; valid from ${moment(new Date(prices.valid_from))}.`
          : 'The model had no price when it was admitted.'
      }
    >
      <table>
        <caption className="sr">What the request cost</caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="sr">Part</span>
            </th>
            <th scope="col" className="number">
              Tokens
            </th>
            <th scope="col" className="number">
              Per 1M
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.what}>
              <td>{line.what}</td>
              <td className="number">{full(line.tokens)}</td>
              <td className="number quiet">{line.price === undefined ? '-' : money(line.price)}</td>
            </tr>
          ))}
          {prices !== null && prices.compute_second > 0 && (
            <tr>
              <td>Computing</td>
              <td className="number">{booked.compute_ms.toFixed(1)} ms</td>
              <td className="number quiet">{money(prices.compute_second)}/s</td>
            </tr>
          )}
          <tr>
            <td className="strong">Charged</td>
            <td className="number strong">{full(booked.prompt_tokens + booked.completion_tokens)}</td>
            <td className="number strong">{exactMoney(booked.cost_micros)}</td>
          </tr>
        </tbody>
      </table>
    </Panel>
  );
}
