// Zone: what a time without a zone in a log means. Immutable; a copy is cheap; any thread.
#pragma once

#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace vedette::logs {

class Zone {
 public:
  Zone();                // UTC
  static Zone system();  // this machine's
  // "UTC", "+07:00", or a name of the IANA database: "Asia/Ho_Chi_Minh". kInvalid: there is none.
  static Result<Zone> named(std::string_view name);

  // A local time, as milliseconds as if it were UTC. In the hour that comes twice: the earlier one.
  WallTime to_utc(WallTime local) const;
  WallTime to_local(WallTime utc) const;

 private:
  struct Rules;
  std::shared_ptr<const Rules> rules_;  // null: UTC
};

}  // namespace vedette::logs
