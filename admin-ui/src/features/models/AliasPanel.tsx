import { ActionIcon, Button, Menu } from '@mantine/core';
import { Icon } from '../../components/Icon';
import { Panel } from '../../components/Panel';
import { Empty, Failure, Loading } from '../../components/states';
import { type Status, StatusTag } from '../../components/StatusTag';
import type { Alias } from './api';

interface Props {
  aliases: Alias[] | undefined;
  error: Error | null;
  onAdd: () => void;
  onMove: (alias: Alias) => void;
  onRemove: (alias: Alias) => void;
}

const STATES: Record<string, [Status, string]> = {
  ready: ['ok', 'Answers'],
  loading: ['info', 'Loading'],
  failed: ['bad', 'Failed'],
  absent: ['warn', 'Not loaded'],
};

/** Names that stay when models are exchanged. */
export function AliasPanel({ aliases, error, onAdd, onMove, onRemove }: Props) {
  return (
    <Panel
      title="Aliases"
      note="other names that requests may ask for; books, prices and limits know the model's own"
      right={
        <Button variant="default" leftSection={<Icon name="plus" small />} onClick={onAdd}>
          New alias
        </Button>
      }
    >
      {error !== null && aliases === undefined ? (
        <Failure what="Aliases could not be read." error={error} />
      ) : aliases === undefined ? (
        <Loading lines={2} />
      ) : aliases.length === 0 ? (
        <Empty title="No aliases yet.">An application that asks for an alias need not change when another model takes its place.</Empty>
      ) : (
        <div className="scroll-x" tabIndex={0} role="region" aria-label="Aliases of models">
          <table>
            <caption className="sr">Aliases</caption>
            <thead>
              <tr>
                <th scope="col">Alias</th>
                <th scope="col">Stands for</th>
                <th scope="col">Now</th>
                <th scope="col" className="number">
                  <span className="sr">Acts</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {aliases.map((alias) => {
                const [status, word] = alias.hidden ? (['warn', 'A model has this name'] as const) : (STATES[alias.state] ?? (['neutral', alias.state] as const));
                return (
                  <tr key={alias.alias}>
                    <td className="mono medium">{alias.alias}</td>
                    <td className="mono">{alias.model}</td>
                    <td>
                      <StatusTag status={status}>{word}</StatusTag>
                    </td>
                    <td className="number">
                      <Menu position="bottom-end">
                        <Menu.Target>
                          <ActionIcon variant="subtle" aria-label={`Acts on alias ${alias.alias}`}>
                            <Icon name="dots" />
                          </ActionIcon>
                        </Menu.Target>
                        <Menu.Dropdown>
                          <Menu.Item
                            onClick={() => {
                              onMove(alias);
                            }}
                          >
                            Move to another model
                          </Menu.Item>
                          <Menu.Item
                            className="bad-ink"
                            onClick={() => {
                              onRemove(alias);
                            }}
                          >
                            Remove
                          </Menu.Item>
                        </Menu.Dropdown>
                      </Menu>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
