// Hosts: the hosts whose agent reports here; who they are, when they were heard of, and what they told.
//
// An agent comes with a one-time token and a request for its certificate (PKCS #10), and is known by that
// certificate from then on. Its records are taken in the order of their numbers: a batch, what follows from
// it at the desk, and the number reached are one transaction, so a batch that is sent again is passed over.
// A number that never came, a record that cannot be read, a spool that was begun anew and a host that is not
// heard of are findings. All calls are thread-safe; those that change something are durable when they return.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "desk/desk.h"
#include "net/certificate_authority.h"
#include "server/hosts/join_web_root.h"
#include "store/database.h"

namespace vedette::server {

std::span<const store::Migration> host_migrations();

struct HostFacts {  // as the agent tells them; at most 200 bytes each
  std::string name, os, kernel, arch, version;
};

struct Host {
  std::string id;
  HostFacts facts;
  std::string address;
  std::string certificate_sha256;
  WallTime certificate_not_after{}, enrolled_at{}, last_seen_at{};
  std::optional<WallTime> revoked_at;
  std::optional<std::int64_t> clock_skew_ms;  // the host's clock less the server's
  bool silent = false;                        // and the desk was told
  std::string epoch;                          // of the agent's spool
  std::uint64_t sequence = 0;                 // everything up to it is stored
  std::uint64_t gaps = 0;                     // records that never came
};

struct AgentRecord {
  std::uint64_t sequence = 0;
  std::string body;  // JSON: {"kind":"finding","finding":{…}}
};

class Hosts {
 public:
  struct Options {
    std::chrono::hours certificate_life{24 * 365};
    std::chrono::seconds silent_after{120};
    std::size_t records_max = 500;  // in a batch
  };
  // `site_of_host` may be empty.
  Hosts(Options options, store::Database& database, desk::Desk& desk,
        const net::CertificateAuthority& authority, SiteOfHost site_of_host, const Clock& clock);

  struct MadeEnrolment {
    std::string id, token;  // the token is shown once; the store has its SHA-256
    WallTime expires_at{};
  };
  Result<MadeEnrolment> make_enrolment(const std::string& note, std::chrono::seconds life,
                                       const std::string& by);

  struct Enrolled {
    std::string host_id;
    net::IssuedCertificate certificate;
  };
  // kUnauthorized: the token is unknown, used or expired. kInvalid: the request or the facts are wrong; the
  // token is still good then.
  Result<Enrolled> enrol(const std::string& token, const std::string& signing_request, HostFacts facts,
                         const std::string& address);

  // By what Request::client_certificate shows. kUnauthorized: unknown or revoked.
  Result<Host> identify(const std::string& certificate_sha256);
  Result<void> heard(const Host& host, const HostFacts& facts, const std::string& address,
                     std::optional<WallTime> host_clock);
  // The number up to which everything is stored now. kLimit: more than records_max; kInvalid: numbers that do
  // not rise.
  Result<std::uint64_t> take(const Host& host, const std::string& epoch,
                             const std::vector<AgentRecord>& records);

  Result<std::vector<Host>> list(const std::string& after_id, std::size_t limit);
  Result<Host> get(const std::string& id);
  Result<void> revoke(const std::string& id, const std::string& by);

  // Tells the desk of hosts that have not been heard of; call it every few seconds. A server that was away
  // itself gives them their time anew.
  Result<void> tick();

 private:
  Result<Finding> finding_of(const Host& host, const AgentRecord& record) const;
  Finding own_finding(const Host& host, std::string_view kind, Severity severity,
                      std::map<std::string, std::string> arguments) const;

  const Options options_;
  store::Database& database_;
  desk::Desk& desk_;
  const net::CertificateAuthority& authority_;
  const SiteOfHost site_of_host_;
  const Clock& clock_;
  const SteadyTime started_;
};

}  // namespace vedette::server
