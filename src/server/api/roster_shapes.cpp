#include "server/api/roster_shapes.h"

#include "desk/roster/roster.h"

namespace vedette::server {
using namespace shape;
namespace {

using Limits = desk::RosterLimits;

Schema tiers() {
  return list(object({required("id", text(32, 1)), optional("name", text(Limits::kNameBytes)),
                      required("layers", list(layer_input(), Limits::kLayers))}),
              Limits::kTiers);
}

Schema shift() {
  return object({required("from", time()), required("to", time()), required("person", nullable(id())),
                 required("person_name", nullable(text(200))),
                 required("layer", nullable(text(Limits::kNameBytes))),
                 required("stands_in_for", nullable(id())), required("override_id", nullable(id())),
                 required("swapped_from", nullable(id())), required("on_leave", boolean())});
}

Schema contacts() { return list(object({required("channel_id", id()), optional("address", text(200))}), 10); }

}  // namespace

Schema local_time() { return text(16, 16); }
Schema layer_input() {
  auto window = object({required("from_minute", integer(0, desk::kWeekMinutes - 1)),
                        required("to_minute", integer(0, desk::kWeekMinutes))});
  return object({optional("name", text(Limits::kNameBytes)), optional("zone", text(64)),
                 required("start", local_time()), optional("end", nullable(local_time())),
                 required("turn_minutes", integer(Limits::kTurnMinutesLeast, Limits::kTurnMinutesMost)),
                 required("members", list(id(), Limits::kMembers)),
                 optional("windows", list(std::move(window), Limits::kWindows))});
}
Schema person_shape() {
  return object({required("id", id()), required("name", text(200)), required("username", nullable(text(200))),
                 required("unit", text(200)), required("phone", text(32)), required("contacts", contacts())});
}
Schema person_input(bool all) {
  return object({{"name", text(200, 1), all},
                 optional("username", nullable(text(200))),
                 optional("unit", text(200)),
                 optional("phone", text(32)),
                 optional("contacts", contacts())});
}
Schema roster_shape() {
  return object({required("id", id()), required("name", text(Limits::kNameBytes)),
                 required("revision", count()), required("tiers", tiers())});
}
Schema roster_input(bool with_revision) {
  std::vector<SchemaField> fields = {required("name", text(Limits::kNameBytes, 1)),
                                     required("tiers", tiers())};
  if (with_revision) fields.push_back(required("revision", count()));
  return object(std::move(fields));
}
Schema tier_shifts_shape() {
  return object({required("tier", text(32)), required("tier_name", text(Limits::kNameBytes)),
                 required("shifts", list(shift(), 100'000))});
}
Schema on_call_shape() {
  return object({required("tier", text(32)), required("tier_name", text(Limits::kNameBytes)),
                 required("now", shift()), required("next", nullable(shift()))});
}
Schema coverage_gap_shape() {
  return object({required("tier", text(32)), required("from", time()), required("to", time()),
                 required("person_on_leave", nullable(id()))});
}
Schema override_shape() {
  return object({required("id", id()), required("roster_id", id()), required("tier", text(32)),
                 required("person", id()), required("from", time()), required("to", time()),
                 required("by", text()), required("note", text(2'000))});
}
Schema swap_shape() {
  return object({required("id", id()), required("roster_id", id()), required("tier", text(32)),
                 required("giver", id()), required("taker", id()), required("from", time()),
                 required("to", time()), required("back_from", nullable(time())),
                 required("back_to", nullable(time())),
                 required("state", one_of({"proposed", "accepted", "declined", "withdrawn"})),
                 required("proposed_by", text()), required("answered_by", nullable(text())),
                 required("answered_at", nullable(time()))});
}
Schema leave_shape() {
  return object({required("id", id()), required("person", id()), required("from", time()),
                 required("to", time()), required("reason", text(2'000)), required("by", text())});
}
Schema calendar_feed_shape() {
  return object({required("id", id()), required("roster_id", id()), required("person", nullable(id())),
                 required("by", text()), required("created_at", time())});
}

}  // namespace vedette::server
