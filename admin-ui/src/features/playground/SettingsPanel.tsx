import { NumberInput, SegmentedControl, Select, Slider, Switch, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { CopyButton } from '../../components/CopyButton';
import type { Message, Settings } from './chat';
import { codeOf, type Language } from './code';

interface Props {
  settings: Settings;
  onSettings: (settings: Settings) => void;
  system: string;
  onSystem: (system: string) => void;
  server: string;
  model: string;
  messages: Message[];
}

/** Parameters, and the same request as code. */
export function SettingsPanel({ settings, onSettings, system, onSystem, server, model, messages }: Props) {
  const [language, setLanguage] = useState<Language>('curl');
  const set = (change: Partial<Settings>) => {
    onSettings({ ...settings, ...change });
  };
  const code = codeOf(language, server, model, messages, settings);
  return (
    <aside className="chat-settings" aria-label="Settings and code">
      <h2>Settings</h2>
      <Textarea
        label="System"
        placeholder="none"
        rows={2}
        value={system}
        onChange={(event) => {
          onSystem(event.currentTarget.value);
        }}
      />
      <SlideSetting label="Temperature" most={2} value={settings.temperature} onChange={(temperature) => { set({ temperature }); }} />
      <SlideSetting label="Top p" most={1} value={settings.topP} onChange={(topP) => { set({ topP }); }} />
      <div className="form-row">
        <NumberInput label="Max output, tokens" min={1} max={100_000} hideControls value={settings.maxTokens} onChange={(value) => { set({ maxTokens: Number(value) || 1 }); }} />
        <TextInput label="Seed" placeholder="any" inputMode="numeric" value={settings.seed} onChange={(event) => { set({ seed: event.currentTarget.value.replace(/[^0-9]/g, '') }); }} />
      </div>
      <div className="form-row">
        <TextInput label="Stop at" placeholder="nothing" value={settings.stop} onChange={(event) => { set({ stop: event.currentTarget.value }); }} />
        <Select label="Tier" data={['auto', 'priority', 'default', 'flex']} value={settings.tier} allowDeselect={false} onChange={(tier) => { set({ tier: tier ?? 'auto' }); }} />
      </div>
      <Switch
        label="Token probabilities"
        checked={settings.logprobs}
        onChange={(event) => {
          set({ logprobs: event.currentTarget.checked });
        }}
      />
      <div className="row between chat-code-head">
        <h2>Same request as code</h2>
        <CopyButton value={code} what="the code" worded />
      </div>
      <SegmentedControl
        fullWidth
        aria-label="Language"
        data={[
          { value: 'curl', label: 'curl' },
          { value: 'python', label: 'Python' },
          { value: 'java', label: 'Java' },
        ]}
        value={language}
        onChange={(value) => {
          setLanguage(value);
        }}
      />
      <pre className="code" tabIndex={0} role="region" aria-label="Code">
        <code>{code}</code>
      </pre>
    </aside>
  );
}

function SlideSetting({ label, most, value, onChange }: { label: string; most: number; value: number; onChange: (value: number) => void }) {
  return (
    <div>
      <div className="row between small medium secondary">
        <span>{label}</span>
        <span>{value.toFixed(2)}</span>
      </div>
      <Slider min={0} max={most} step={0.05} value={value} onChange={onChange} label={null} thumbLabel={label} size="sm" />
    </div>
  );
}
