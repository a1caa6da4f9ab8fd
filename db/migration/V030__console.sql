-- What the console's pages over all organizations read.

-- Sums over organizations of a time: the first column of the table's key is the organization.
create index usage_hourly_by_hour on usage_hourly (hour);
create index usage_daily_by_day on usage_daily (day);
create index audit_log_by_time on audit_log (at);
