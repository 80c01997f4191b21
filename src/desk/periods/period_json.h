// A watch period's definition as JSON: what is stored and what the API takes and shows. Begin and end are
// local: "2026-02-14T00:00".
#pragma once

#include <boost/json/fwd.hpp>

#include "desk/periods/period.h"

namespace vedette::desk {

boost::json::object period_json(const WatchPeriod& period);
// kInvalid names the field. `json` is what the API's schema lets through, or what period_json() wrote.
Result<WatchPeriod> period_from(const boost::json::object& json);

}  // namespace vedette::desk
