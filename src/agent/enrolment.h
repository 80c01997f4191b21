// Enrolment: how a host becomes known to the server, once. The agent makes its own key, sends a request for
// its certificate with a one-time token, and keeps what comes back in its state folder (0700):
//
//   agent.json  {server, pin, host_id, name, command_key, certificate, key}
//   agent.key, agent.pem (after a renewal agent-<n>.…)   policy.json   spool.db
//
// The server is known by the key of its agents' listener (`pin`, net::certificate_pin), told out of band with
// the token: whoever stands between learns nothing and can sign nothing.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "net/http_client.h"

namespace vedette::agent {

struct HostFacts {
  std::string name, os, kernel, arch, version;
};
// Of this machine: hostname, PRETTY_NAME of os-release, uname.
HostFacts host_facts(std::string version);

struct Identity {
  std::string server, pin, host_id, name;
  std::string command_key;  // what its orders are signed with; "" where an older server enrolled this host
  std::filesystem::path certificate, key;
};

// kConflict: this state folder is enrolled already. Otherwise nothing is kept of an enrolment that failed.
Result<Identity> enroll(const std::filesystem::path& state, const std::string& server, const std::string& pin,
                        const std::string& token, const HostFacts& facts);
// kNotFound: not enrolled.
Result<Identity> read_identity(const std::filesystem::path& state);
Result<void> write_identity(const std::filesystem::path& state, const Identity& identity);

}  // namespace vedette::agent
