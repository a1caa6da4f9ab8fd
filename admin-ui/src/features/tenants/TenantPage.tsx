import { Page } from '../../components/Page';
export function TenantPage() { return <Page title="TenantPage">-</Page>; }
