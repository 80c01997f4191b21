// Reports through the API's table: who may sign, and that the paper comes as PDF and ODT.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "server/config/config_reader.h"
#include "server/instance.h"
#include "store/temporary_folder.h"

namespace vedette::server {
namespace {
namespace json = boost::json;
using testing::HasSubstr;
using testing::StartsWith;

Principal person(const std::string& name, Role role) {
  Principal out;
  out.kind = Principal::Kind::kUser;
  out.name = out.user.username = name;
  out.user.role = role;
  out.user.language = Language::kVietnamese;
  return out;
}

struct ReportsApiTest : testing::Test {
  ReportsApiTest() {
    auto config = default_config();
    config.data_dir = (folder.path() / "data").string();
    config.chromium = "none";
    live = std::make_unique<LiveConfig>(config, "", nullptr);
    instance = *Instance::open(*live, clock, metrics);
  }
  net::Response send(const Principal& who, net::Method method, const std::string& path,
                     const json::object& body = {}) {
    net::Request request;
    request.method = method;
    auto question = path.find('?');
    request.path = std::string(kApiPrefix) + path.substr(0, question);
    if (question != std::string::npos) {
      auto equals = path.find('=', question);
      request.query[path.substr(question + 1, equals - question - 1)] = path.substr(equals + 1);
    }
    request.headers.set("Content-Type", "application/json");
    request.body = method == net::Method::kGet ? "" : json::serialize(body);
    return instance->api().handle_as(std::move(request), who);
  }
  json::object done(const net::Response& response) {
    EXPECT_LT(response.status, 300) << response.body;
    return response.status < 300 ? json::parse(response.body).as_object() : json::object{};
  }
  // handle_as() leaves access to its caller: who may is what the table says.
  std::optional<Role> role_of(std::string_view id) {
    for (const auto& one : instance->api().operations())
      if (one.id == id) return one.role;
    return std::nullopt;
  }
  // A report of which everything is filled and handed in.
  json::object in_review() {
    auto incident = done(send(an, net::Method::kPost, "/incidents",
                              {{"title", "Cổng bị thay"},
                               {"severity", "high"},
                               {"summary", "Nội dung lạ"},
                               {"detected_at", to_rfc3339(clock.wall())}}));
    auto report = done(
        send(an, net::Method::kPost, "/reports", {{"incident_id", incident.at("id")}, {"form", "internal"}}));
    json::object values;
    for (const auto& section : report.at("sections").as_array()) {
      for (const auto& field : section.at("fields").as_array()) {
        if (field.at("missing").as_bool()) values[field.at("id").as_string()] = "đã điền";
      }
    }
    report = done(send(an, net::Method::kPatch, path(report), {{"revision", 1}, {"values", values}}));
    return done(send(an, net::Method::kPost, path(report) + "/submit"));
  }
  static std::string path(const json::object& report) {
    return "/reports/" + std::string(report.at("id").as_string());
  }

  store::TemporaryFolder folder;
  ManualClock clock;
  Metrics metrics;
  std::unique_ptr<LiveConfig> live;
  std::unique_ptr<Instance> instance;
  const Principal an = person("an", Role::kAnalyst), binh = person("binh", Role::kLead);
};

TEST_F(ReportsApiTest, OnlyALeadsOwnSessionApproves) {
  EXPECT_EQ(role_of("approveReport"), Role::kLead);
  EXPECT_EQ(role_of("returnReport"), Role::kLead);
  EXPECT_EQ(role_of("takeBackReport"), Role::kLead);
  auto report = in_review();
  const json::object body{{"sha256", report.at("sha256")}};
  auto token = send(local_command(), net::Method::kPost, path(report) + "/approve", body);
  EXPECT_EQ(token.status, 403);
  EXPECT_THAT(token.body, HasSubstr("session"));
  auto approved = done(send(binh, net::Method::kPost, path(report) + "/approve", body));
  EXPECT_EQ(approved.at("state"), "approved");
  EXPECT_EQ(approved.at("approvals").at(0).at("by"), "binh");
}

TEST_F(ReportsApiTest, ThePaperComesAsPdfAndOdtInTheLanguageThatIsAskedFor) {
  auto report = in_review();
  auto pdf = send(binh, net::Method::kGet, path(report) + "/pdf?language=en");
  EXPECT_EQ(pdf.status, 200) << pdf.body;
  EXPECT_THAT(pdf.body, StartsWith("%PDF-"));
  EXPECT_EQ(pdf.headers.find("Content-Type"), "application/pdf");
  EXPECT_THAT(std::string(*pdf.headers.find("Content-Disposition")), HasSubstr("-internal-en.pdf"));
  auto odt = send(binh, net::Method::kGet, path(report) + "/odt");
  EXPECT_EQ(odt.status, 200);
  EXPECT_THAT(odt.body, StartsWith("PK"));
  EXPECT_THAT(std::string(*odt.headers.find("Content-Disposition")), HasSubstr("-internal-vi.odt"));
}

TEST_F(ReportsApiTest, TheOrganisationIsSetByALeadAndStandsInTheAuditLog) {
  const json::object body{{"name", "Sở"},  {"address", ""}, {"sector", ""},
                          {"contact", ""}, {"phone", ""},   {"email", ""}};
  EXPECT_EQ(role_of("setOrganisation"), Role::kLead);
  EXPECT_EQ(done(send(binh, net::Method::kPut, "/organisation", body)).at("name"), "Sở");
  EXPECT_EQ(done(send(an, net::Method::kGet, "/organisation")).at("name"), "Sở");
  auto log = send(person("q", Role::kAdmin), net::Method::kGet, "/audit");
  EXPECT_THAT(log.body, HasSubstr("organisation.changed"));
}

}  // namespace
}  // namespace vedette::server
