// The authority, a real TLS server that asks for its certificates, and a real client that shows them.
#include "net/certificate_authority.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "net/http_client.h"
#include "net/http_server.h"

namespace vedette::net {
namespace {

using std::chrono::hours;

class CertificateAuthorityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto pattern = (std::filesystem::temp_directory_path() / "vedette-authority-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  void put(const std::string& name, const std::string& text) { std::ofstream(folder / name) << text; }
  // Key and certificate <name>.key, <name>.pem; its SHA-256.
  std::string issue(const CertificateAuthority& authority, const std::string& name, CertificateUse use,
                    hours from = hours(-1), hours until = hours(24)) {
    auto request = make_signing_request(folder / (name + ".key"));
    EXPECT_TRUE(request.has_value());
    auto made = authority.sign(*request, name, use, clock.wall() + from, clock.wall() + until);
    EXPECT_TRUE(made.has_value()) << made.error().full();
    put(name + ".pem", made->pem);
    return made->sha256;
  }
  Result<HttpClientResponse> call(std::uint16_t port, const std::string& client) {
    HttpClientRequest request;
    request.url = "https://127.0.0.1:" + std::to_string(port) + "/who";
    request.pinned_key = certificate_pin((folder / "server.pem").string()).value();
    if (!client.empty()) {
      request.client_certificate = (folder / (client + ".pem")).string();
      request.client_key = (folder / (client + ".key")).string();
    }
    return http_call(request);
  }

  std::filesystem::path folder;
  SystemClock clock;
  Metrics metrics;
};

TEST_F(CertificateAuthorityTest, TellsItsOwnClientsFromAllOthers) {
  auto authority = CertificateAuthority::open(folder / "own", clock);
  ASSERT_TRUE(authority.has_value()) << authority.error().full();
  auto foreign = CertificateAuthority::open(folder / "foreign", clock);
  ASSERT_TRUE(foreign.has_value());
  issue(*authority, "server", CertificateUse::kServer);
  auto known = issue(*authority, "known", CertificateUse::kClient);
  issue(*authority, "late", CertificateUse::kClient, hours(-48), hours(-24));
  issue(*foreign, "stranger", CertificateUse::kClient);

  HttpServerOptions options;
  options.port = 0;
  options.tls = TlsFiles{(folder / "server.pem").string(), (folder / "server.key").string(),
                         authority->certificate_path().string()};
  std::vector<Route> routes(1);
  routes[0].pattern = "/who";
  routes[0].handler = [](const Request& r) { return Response::text(200, "<" + r.client_certificate + ">"); };
  auto server = make_http_server(options, std::move(routes), {}, clock, metrics);
  ASSERT_TRUE(server.has_value());
  ASSERT_TRUE((*server)->start().has_value());
  auto port = (*server)->port();

  auto shown = call(port, "known");
  ASSERT_TRUE(shown.has_value()) << shown.error().full();
  EXPECT_EQ(shown->body, "<" + known + ">");
  auto nobody = call(port, "");
  ASSERT_TRUE(nobody.has_value()) << nobody.error().full();
  EXPECT_EQ(nobody->body, "<>");
  EXPECT_FALSE(call(port, "stranger").has_value()) << "signed by another authority";
  EXPECT_FALSE(call(port, "late").has_value()) << "expired";
  EXPECT_FALSE(call(port, "server").has_value()) << "not made for a client";
}

TEST_F(CertificateAuthorityTest, IsKeptAndItsKeyIsPrivate) {
  auto first = CertificateAuthority::open(folder / "own", clock);
  ASSERT_TRUE(first.has_value());
  struct stat status{};
  ASSERT_EQ(::stat((folder / "own/authority.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  auto pin = certificate_pin(first->certificate_path().string()).value();
  auto again = CertificateAuthority::open(folder / "own", clock);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(certificate_pin(again->certificate_path().string()).value(), pin);

  ASSERT_EQ(::chmod((folder / "own/authority.key").c_str(), 0644), 0);
  EXPECT_EQ(CertificateAuthority::open(folder / "own", clock).error().code(), ErrorCode::kInvalid);
  ASSERT_TRUE(CertificateAuthority::open(folder / "other", clock).has_value());
  std::filesystem::copy_file(folder / "other/authority.key", folder / "own/authority.key",
                             std::filesystem::copy_options::overwrite_existing);
  ASSERT_EQ(::chmod((folder / "own/authority.key").c_str(), 0600), 0);
  EXPECT_EQ(CertificateAuthority::open(folder / "own", clock).error().code(), ErrorCode::kCorrupt);
}

TEST_F(CertificateAuthorityTest, SignsOnlyRequestsThatProveTheirKey) {
  auto authority = CertificateAuthority::open(folder / "own", clock);
  ASSERT_TRUE(authority.has_value());
  auto sign = [&](const std::string& request) {
    return authority->sign(request, "host", CertificateUse::kClient, clock.wall(), clock.wall() + hours(1));
  };
  auto good = make_signing_request(folder / "a.key");
  ASSERT_TRUE(good.has_value());
  EXPECT_TRUE(sign(*good).has_value());
  EXPECT_EQ(make_signing_request(folder / "a.key").error().code(), ErrorCode::kConflict);
  // A letter in the middle is a byte of the key or of the proof.
  auto bent = *good;
  auto& letter = bent[bent.size() / 2 + 3];
  letter = letter == 'A' ? 'B' : 'A';
  for (const auto& bad : {std::string(), std::string("hello"), bent, std::string(9000, 'x')}) {
    auto answer = sign(bad);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code(), ErrorCode::kInvalid);
  }
}

}  // namespace
}  // namespace vedette::net
