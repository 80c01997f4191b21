// Operation: one row of the API's route table. Everything that is known of an operation stands in its row:
// the server serves from it (access, limits, shape of the body) and the OpenAPI document is written from it.
//
// Handlers run on the HTTP server's worker threads and may block for the store.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/message.h"
#include "net/http_server.h"
#include "server/accounts/role.h"
#include "server/api/schema.h"

namespace vedette::server {

struct Call {
  const net::Request& request;
  const Principal& who;
  Language language;
  boost::json::object body;  // checked against the operation's schema; empty without one

  const std::string& parameter(const std::string& name) const { return request.parameters.at(name); }
  std::string query(const std::string& name) const {
    auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
  }
  // The checked "limit" and "cursor" of a listing.
  std::size_t limit() const;
  std::string cursor() const { return query("cursor"); }
  // Fields of the body; the schema has checked their type.
  std::optional<std::string> text(std::string_view field) const;
  std::string text_or(std::string_view field, std::string_view otherwise) const;
  std::optional<std::int64_t> integer(std::string_view field) const;
  std::optional<bool> boolean(std::string_view field) const;
};

struct QueryParameter {
  std::string_view name;
  Schema schema;
  std::string_view description;
};

struct Operation {
  net::Method method = net::Method::kGet;
  std::string_view path = {};  // below /api/v1
  std::string_view id = {};    // operationId
  std::string_view tag = {};
  std::string_view summary = {};
  bool open = false;                   // needs no sign-in
  bool without_second_factor = false;  // also for who must set one up first
  Role role = Role::kViewer;           // what it takes at least, of the line (server/accounts/role.h)
  bool only_reads = false;             // no GET, and changes nothing all the same
  bool on_wall = false;                // the wall screen needs it
  std::string_view scope = {};         // a token with this scope may do it too, beside those of its area
  std::vector<QueryParameter> query = {};
  std::optional<Schema> request = {};
  int success = 200;
  std::optional<Schema> response = {};  // none: no JSON body
  std::string_view response_type = "application/json";
  std::size_t body_bytes_max = 64 * 1024;
  bool secret_response = false;  // the answer is shown once and never kept for an Idempotency-Key
  std::function<Result<net::Response>(const Call&)> handler = {};
  bool stream = false;  // Server-Sent Events of the hub; no handler
};

// What an operation takes of a person. Its tag is its area.
Permission permission_of(const Operation& operation);
// What it takes of a token: each of these is enough; the narrowest comes first.
std::vector<std::string_view> scopes_of(const Operation& operation);

std::vector<QueryParameter> paging();  // cursor and limit

// Answers.
net::Response json_response(int status, const boost::json::value& body);
// Problem details (RFC 9457) in the reader's language. What comes from a library or is for the log stays
// English.
net::Response problem_response(const Error& error,
                               Language language = Language::kEnglish);  // programs: English
net::Response fields_response(const std::vector<FieldProblem>& problems, Language language);
// "error.title.<title>" and "error.request.<detail>", which is <title> if not given.
net::Response refusal(int status, const std::string& title, Language language, const std::string& detail = {},
                      std::map<std::string, std::string> arguments = {});
net::Response page_response(boost::json::array items, const std::string& next_cursor);
boost::json::value time_or_null(const std::optional<WallTime>& time);
boost::json::value time_or_null(const std::optional<std::int64_t>& unix_ms);
boost::json::value text_or_null(const std::string& text);
boost::json::array text_list(const std::vector<std::string>& texts);

}  // namespace vedette::server
