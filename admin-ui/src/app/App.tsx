import { OverviewPage } from '../features/overview/OverviewPage';
import { AdminKeyForm } from '../features/session/AdminKeyForm';
import { useAdminKey } from '../features/session/useAdminKey';
import { Shell } from './Shell';

export function App() {
  const session = useAdminKey();
  return (
    <Shell title="Overview" onForgetKey={session.key === null ? undefined : session.forget}>
      <OverviewPage
        adminKey={session.key}
        onKeyRefused={session.refuse}
        keyForm={<AdminKeyForm refused={session.refused} onEnter={session.enter} />}
      />
    </Shell>
  );
}
