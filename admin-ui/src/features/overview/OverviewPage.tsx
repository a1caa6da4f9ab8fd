import { Page } from '../../components/Page';
import { useSession } from '../../lib/session';
import { MemberOverview } from './MemberOverview';
import { OperatorOverview } from './OperatorOverview';

/** Is it healthy, who uses it, who waits, what holds it back. */
export function OverviewPage() {
  const { scope, data } = useSession();
  if (scope.kind === 'all' && !data.user.operator) {
    return (
      <Page title="Overview">
        <section className="panel panel-body">
          <p className="strong">You belong to no organization yet.</p>
          <p className="secondary">Someone who administers one can invite {data.user.email}.</p>
        </section>
      </Page>
    );
  }
  return scope.kind === 'all' ? <OperatorOverview /> : <MemberOverview key={scope.id} organization={scope.id} name={scope.name} />;
}
