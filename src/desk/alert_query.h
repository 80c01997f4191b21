// Lists of alerts: newest cycle first, gravest first or by the next step, paged by key (never by offset),
// with the counts of each facet.
#pragma once

#include "desk/alert_store.h"

namespace vedette::desk {

Result<Listing<Alert>> list_alerts(store::Session& session, const DeskContext& desk, const AlertQuery& query);
// Fields state, severity, watch, kind, asset (the 50 with most alerts), each value with its count under the
// query.
Result<std::vector<Facet>> count_facets(store::Session& session, const DeskContext& desk,
                                        const AlertQuery& query);

}  // namespace vedette::desk
