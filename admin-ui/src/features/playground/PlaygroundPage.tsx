import { Button, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Icon } from '../../components/Icon';
import { Page } from '../../components/Page';
import { Fault } from '../../components/states';
import { addressOf, answer, apiFor } from '../../lib/api/client';
import { useUrlState } from '../../lib/urlState';
import { ChatColumn } from './ChatColumn';
import { KeyForm } from './KeyForm';
import { type Settings } from './chat';
import { SettingsPanel } from './SettingsPanel';
import { useChat } from './useChat';
import { usePlaygroundKey } from './usePlaygroundKey';

const FIRST: Settings = { temperature: 0.7, topP: 0.9, maxTokens: 200, seed: '', stop: '', tier: 'auto', logprobs: true };
const EXAMPLES = ['Why is the sky blue?', 'Write a haiku about a river.', 'Explain a queue to a child in two sentences.'];

/** Try a model as a tenant would. */
export function PlaygroundPage() {
  const { key, use, make, organization } = usePlaygroundKey();
  const [url, setUrl] = useUrlState({ left: '', right: '', two: '' });
  const [settings, setSettings] = useState(FIRST);
  const [system, setSystem] = useState('');
  const [prompt, setPrompt] = useState('');
  const models = useQuery({
    queryKey: ['playground-models', key?.name],
    queryFn: async () => (await answer<{ data: { id: string }[] }>(apiFor({ bearer: key?.secret }).GET('/v1/models'))).data.map((m) => m.id),
    enabled: key !== null,
    staleTime: 0, // a key may be revoked at any time
  });
  const ids = models.data ?? [];
  const left = url.left === '' ? (ids[0] ?? '') : url.left;
  const right = url.right === '' ? (ids[1] ?? ids[0] ?? '') : url.right;
  const two = url.two === '1';
  const first = useChat(key?.secret ?? '', left, settings, system);
  const second = useChat(key?.secret ?? '', right, settings, system);
  const busy = first.busy || second.busy;
  const send = (text: string) => {
    if (text.trim() === '' || busy || key === null) return;
    first.send(text);
    if (two) second.send(text);
    setPrompt('');
  };
  return (
    <Page
      title="Playground"
      bare
      beside={key && <span className="small quiet wide-only">Charged to {key.name}</span>}
      actions={
        <>
          <Button
            variant="default"
            aria-pressed={two}
            leftSection={<Icon name="columns" small />}
            onClick={() => {
              setUrl({ two: two ? '' : '1' });
            }}
          >
            {two ? 'One model' : 'Side by side'}
          </Button>
          <Button
            variant="default"
            className="wide-only"
            leftSection={<Icon name="plus" small />}
            onClick={() => {
              first.clear();
              second.clear();
            }}
          >
            New chat
          </Button>
        </>
      }
    >
      <div className="playground">
        <div className="chat-area">
          {key === null ? (
            <KeyForm making={make.isPending} error={make.error} of={organization?.name} onMake={() => { make.mutate(); }} onKey={use} />
          ) : models.isError ? (
            <div className="chat-empty">
              <Fault error={models.error} />
              <Button
                variant="default"
                onClick={() => {
                  use(null);
                }}
              >
                Use another key
              </Button>
            </div>
          ) : (
            <div className="chat-columns" data-two={two || undefined}>
              <ChatColumn
                models={ids}
                model={left}
                onModel={(model) => {
                  setUrl({ left: model });
                }}
                chat={first}
                examples={EXAMPLES}
                onExample={send}
              />
              {two && (
                <ChatColumn
                  models={ids}
                  model={right}
                  onModel={(model) => {
                    setUrl({ right: model });
                  }}
                  chat={second}
                  examples={[]}
                  onExample={send}
                />
              )}
            </div>
          )}
          <form
            className="chat-input"
            onSubmit={(event) => {
              event.preventDefault();
              send(prompt);
            }}
          >
            <Textarea
              aria-label={two ? 'Ask both models' : 'Ask the model'}
              placeholder={two ? 'Ask both models' : 'Ask the model'}
              rows={2}
              value={prompt}
              disabled={key === null}
              onChange={(event) => {
                setPrompt(event.currentTarget.value);
              }}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send(prompt);
              }}
            />
            <div className="row between">
              <span className="small quiet wide-only">Ctrl Enter sends. Nothing here is stored.</span>
              <div className="row">
                <Button
                  variant="default"
                  leftSection={<Icon name="stop" small />}
                  disabled={!busy}
                  onClick={() => {
                    first.stop();
                    second.stop();
                  }}
                >
                  Stop
                </Button>
                <Button type="submit" leftSection={<Icon name="send" small />} disabled={key === null || busy || prompt.trim() === ''}>
                  Send
                </Button>
              </div>
            </div>
          </form>
        </div>
        <SettingsPanel
          settings={settings}
          onSettings={setSettings}
          system={system}
          onSystem={setSystem}
          server={window.location.origin + addressOf('')}
          model={left === '' ? 'MODEL' : left}
          messages={first.asked(prompt === '' ? 'Why is the sky blue?' : prompt)}
        />
      </div>
    </Page>
  );
}
