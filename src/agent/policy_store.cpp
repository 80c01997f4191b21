#include "agent/policy_store.h"

#include <boost/json.hpp>

#include "agent/state_file.h"

namespace vedette::agent {
namespace json = boost::json;

PolicyStore::PolicyStore(std::filesystem::path state, std::string host_id, std::string command_key)
    : file_(state / "policy.json"), host_id_(std::move(host_id)), command_key_(std::move(command_key)) {}

Result<Policy> PolicyStore::load() {
  auto text = read_state_file(file_);
  if (!text) {
    if (text.error().code() == ErrorCode::kNotFound) return Policy{};
    return std::unexpected(std::move(text).error());
  }
  json::error_code error;
  auto value = json::parse(*text, error);
  if (error) return fail(ErrorCode::kCorrupt, file_.string() + " is no JSON");
  auto payload = verified_payload(value, command_key_);
  if (!payload) return fail(std::move(payload).error(), file_.string());
  auto policy = read_policy(*payload, host_id_);
  if (!policy) return fail(std::move(policy).error(), file_.string());
  return current_ = *std::move(policy);
}

Result<Policy> PolicyStore::take(const json::value& signed_policy) {
  TRY_ASSIGN(auto payload, verified_payload(signed_policy, command_key_));
  TRY_ASSIGN(auto policy, read_policy(payload, host_id_));
  if (policy.issued_at < current_.issued_at)
    return fail(ErrorCode::kConflict, "it was issued before the policy that is in force");
  TRY(write_state_file(file_, json::serialize(signed_policy) + "\n"));
  return current_ = std::move(policy);
}

}  // namespace vedette::agent
