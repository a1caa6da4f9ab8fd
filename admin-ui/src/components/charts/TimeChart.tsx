import { lazy, Suspense } from 'react';
import type { TimeChartProps } from './UPlotChart';

const UPlotChart = lazy(() => import('./UPlotChart'));

/** A chart over time; the library comes only when one is shown. */
export function TimeChart(props: TimeChartProps) {
  return (
    <Suspense fallback={<div className="chart" style={{ height: props.height }} />}>
      <UPlotChart {...props} />
    </Suspense>
  );
}
