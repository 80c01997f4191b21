#include "server/api/host_shapes.h"

#include <algorithm>
#include <iterator>

namespace vedette::server {
using namespace shape;

namespace {

Schema path() { return text(4'096, 1); }
Schema plain() { return text(4'096); }
Schema maybe_time() { return nullable(time()); }
Schema mode() { return one_of({"off", "observe", "hold", "rollback"}); }
Schema incident_state() { return one_of({"open", "frozen", "rolled_back", "allowed", "over"}); }

std::vector<SchemaField> incident_fields() {
  return {required("id", id()),          required("host_id", id()),
          required("host_name", text()), required("state", incident_state()),
          required("first_at", time()),  required("last_at", time()),
          required("score", number()),   required("executable", plain()),
          required("user", text(256)),   required("alert_id", nullable(id()))};
}

std::vector<SchemaField> policy_fields_shape() {
  return {required("mode", mode()),
          required("trees", list(path(), 64)),
          required("exclude", list(path(), 64)),
          required("vault_bytes", count()),
          required("web_roots", list(path(), 64)),
          required("web_root_discovery", boolean())};
}

Schema log_files() {
  return list(
      object({required("pattern", path()), required("format", one_of({"text", "json", "eve", "audit"}))}),
      64);
}

Schema with(std::vector<SchemaField> fields, std::vector<SchemaField> more) {
  std::ranges::move(more, std::back_inserter(fields));
  return object(std::move(fields));
}

}  // namespace

Schema group_name() { return text(64, 1); }

Schema enrolment_shape() {
  return object({required("id", id()), required("group", group_name()), required("note", text()),
                 required("created_by", text()), required("created_at", time()),
                 required("expires_at", time()), required("used_at", maybe_time()),
                 required("host_id", nullable(id())), optional("token", text(200)),
                 optional("command", text(1'000))});
}

Schema host_shape() {
  auto sight = object({required("what", text(32)), required("ok", boolean()), required("text", plain())});
  auto tree =
      object({required("path", path()), required("file_system", text(32)),
              required("opens_per_second", nullable(number())), required("answer_p50_us", nullable(number())),
              required("answer_p99_us", nullable(number())), required("vault_bytes", count()),
              required("vault_limit_bytes", count())});
  return object({required("id", id()), required("name", text()),
                 required("state", one_of({"ok", "silent", "revoked"})), required("os", text()),
                 required("kernel", text()), required("arch", text()), required("version", text()),
                 required("group", group_name()), required("address", text()),
                 required("enrolled_at", time()), required("last_seen_at", maybe_time()),
                 required("clock_skew_ms", nullable(integer(-(1ll << 53), 1ll << 53))),
                 required("sights", list(std::move(sight))), required("mode", mode()),
                 required("trees", list(std::move(tree))), required("web_roots", list(path())),
                 required("spool", object({required("records", count()), required("bytes", count()),
                                           required("gaps", count())})),
                 required("certificate",
                          nullable(object({required("sha256", text(64)), required("not_after", time())}))),
                 required("open_incidents", count())});
}

Schema policy_shape() {
  return with(policy_fields_shape(), {required("group", group_name()), required("hosts", count()),
                                      required("log_files", log_files()), required("journal", boolean())});
}
Schema policy_input() {
  return with(policy_fields_shape(), {optional("log_files", log_files()), optional("journal", boolean())});
}

Schema host_command_shape() {
  return object({required("id", id()), required("kind", one_of({"freeze", "thaw", "rollback", "allow"})),
                 required("state", one_of({"queued", "sent", "done", "failed", "expired"})),
                 required("by", text()), required("at", time()), required("expires_at", time()),
                 required("sent_at", maybe_time()), required("done_at", maybe_time()),
                 required("result", nullable(plain())), required("file_incident_id", id())});
}

Schema file_incident_shape() { return with(incident_fields(), {required("files", count())}); }

Schema file_incident_detail_shape() {
  auto ancestor =
      object({required("pid", count()), required("executable", plain()), required("command_line", plain()),
              required("started_at", maybe_time()), required("user", text(256))});
  auto actor =
      object({required("cgroup", plain()), required("uid", count()), required("user", text(256)),
              required("client", nullable(text(400))), required("lineage", list(std::move(ancestor), 32))});
  auto file = object({required("path", path()), required("at", time()), required("from_type", text()),
                      required("to_type", text()), required("score", number()),
                      required("deed", one_of({"rewritten", "created", "renamed", "deleted"})),
                      optional("to_path", path()),
                      required("state", one_of({"changed", "restored", "differs", "kept"})),
                      optional("sha256_before", text(64)), optional("sha256_after", text(64))});
  auto restored = object({required("path", path()), required("sha256", text(64)), required("ok", boolean()),
                          required("text", plain())});
  auto report =
      object({required("restored", count()), required("failed", count()),
              required("files", list(std::move(restored), 10'000)), required("more_files", count())});
  return with(
      incident_fields(),
      {required("frozen", boolean()), required("reason", text(65'536)), required("actor", std::move(actor)),
       required("files", list(std::move(file))), required("more_files", count()),
       required("events", list(object({required("at", time()), required("text", plain())}))),
       required("report", nullable(std::move(report)))});
}

}  // namespace vedette::server
