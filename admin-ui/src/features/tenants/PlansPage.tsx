import { Page } from '../../components/Page';
export function PlansPage() { return <Page title="PlansPage">-</Page>; }
