#include "logs/read/zone.h"

#include <fmt/format.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <cstdlib>
#include <string>

namespace vedette::logs {

struct Zone::Rules {
  std::unique_ptr<const icu::TimeZone> zone;

  std::chrono::milliseconds offset(std::int64_t ms, bool local) const {
    std::int32_t raw = 0, summer = 0;
    UErrorCode status = U_ZERO_ERROR;
    zone->getOffset(static_cast<UDate>(ms), local, raw, summer, status);
    return std::chrono::milliseconds(U_FAILURE(status) ? 0 : raw + summer);
  }
};

Zone::Zone() = default;

Zone Zone::system() {
  Zone zone;
  auto rules = std::make_shared<Rules>();
  rules->zone.reset(icu::TimeZone::detectHostTimeZone());
  if (rules->zone) zone.rules_ = std::move(rules);
  return zone;
}

Result<Zone> Zone::named(std::string_view name) {
  Zone zone;
  if (name == "UTC" || name == "Z") return zone;
  std::string id(name);
  if (!id.empty() && (id[0] == '+' || id[0] == '-')) id = "GMT" + id;
  auto rules = std::make_shared<Rules>();
  rules->zone.reset(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(id)));
  if (!rules->zone || *rules->zone == icu::TimeZone::getUnknown()) {
    return fail(ErrorCode::kInvalid,
                fmt::format("there is no time zone \"{}\": write UTC, +07:00 or Asia/Ho_Chi_Minh", name));
  }
  zone.rules_ = std::move(rules);
  return zone;
}

WallTime Zone::to_utc(WallTime local) const {
  return rules_ ? local - rules_->offset(to_unix_ms(local), true) : local;
}
WallTime Zone::to_local(WallTime utc) const {
  return rules_ ? utc + rules_->offset(to_unix_ms(utc), false) : utc;
}

}  // namespace vedette::logs
