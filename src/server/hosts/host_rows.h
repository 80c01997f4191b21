// The hosts table's columns and how a row becomes a Host. Internal to the folder.
#pragma once

#include <fmt/format.h>

#include "server/hosts/hosts.h"

namespace vedette::server {

inline std::string sql_hosts(std::string_view rest) {
  return fmt::format(
      "SELECT h.id, h.name, h.os, h.kernel, h.arch, h.version, h.address, h.certificate_sha256, "
      "h.certificate_not_after, h.enrolled_at, h.last_seen_at, h.revoked_at, h.clock_skew_ms, h.silent, "
      "h.epoch, h.sequence, h.gaps, h.given_name, h.group_name, h.policy_version, h.state, (SELECT COUNT(*) "
      "FROM file_incidents i WHERE i.host_id = h.id AND i.state IN ('open', 'frozen')), "
      "h.next_certificate_sha256 FROM hosts h {}",
      rest);
}
constexpr std::size_t kNextCertificateColumn = 22;

Host host_of(const store::Row& row);
Result<void> check_facts(const HostFacts& facts);

}  // namespace vedette::server
