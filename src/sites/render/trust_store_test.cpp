// A real certutil, a real nginx behind a private authority, and a real Chromium.
#include "sites/render/trust_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/id.h"
#include "net/nginx_fixture.h"
#include "sites/render/chromium_process.h"
#include "sites/render/renderer.h"

namespace vedette::sites {
namespace {

namespace fs = std::filesystem;
using net::testing_server::Nginx;

TEST(TrustStore, CertificatesAreTakenOutOfWhatStandsAroundThem) {
  const std::string one = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
  auto found = pem_certificates("Town CA\n" + one + "\nother\n-----BEGIN X509 CRL-----\nBB\n" + one);
  ASSERT_TRUE(found) << found.error().full();
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->at(0), one + "\n");
  std::string many;
  for (std::size_t i = 0; i <= kTrustedMax; ++i) many += one;
  for (const std::string& bad :
       {std::string(), std::string("no certificate"), one.substr(0, 40), one.substr(0, 34) + one, many}) {
    EXPECT_FALSE(pem_certificates(bad)) << bad.substr(0, 80);
  }
}

class PrivateAuthority : public testing::Test {
 protected:
  void SetUp() override {
    if (find_chromium().empty()) GTEST_SKIP() << "no Chromium on this machine: rendering is not tested";
    if (access("/usr/bin/certutil", X_OK) != 0)
      GTEST_SKIP() << "no certutil on this machine: private authorities in the browser are not tested";
    fs::create_directories(folder_);
    authority("town");
    authority("other");
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  std::string quoted(const std::string& name) const { return "'" + file(name) + "'"; }
  static void shell(const std::string& command) {
    ASSERT_EQ(std::system((command + " 2>/dev/null").c_str()), 0) << command;
  }
  void authority(const std::string& name) const {
    shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj '/CN=" +
          name + " authority' -keyout " + quoted(name + ".key") + " -out " + quoted(name + ".pem"));
  }
  static void start(Nginx& server) {
    server.write("html/index.html", "<!doctype html><title>Town</title><h1>Behind the town's authority</h1>");
    ASSERT_NO_FATAL_FAILURE(
        server.start("location = / { default_type text/html; try_files /index.html =404; }"));
  }
  // With a certificate that the authority `by` signed.
  void start(Nginx& server, const std::string& by, const std::string& names) const {
    std::ofstream(file("names")) << "basicConstraints=CA:FALSE\nsubjectAltName=" << names << "\n";
    shell("openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=town' -keyout " +
          server.key() + " -out " + quoted("request"));
    shell("openssl x509 -req -in " + quoted("request") + " -CA " + quoted(by + ".pem") + " -CAkey " +
          quoted(by + ".key") + " -CAcreateserial -days 20 -extfile " + quoted("names") + " -out " +
          server.certificate());
    start(server);
  }
  Result<Rendered> render(const Nginx& server, const std::string& ca_file) {
    RenderOptions options;
    options.allow_loopback = true;
    options.start_timeout = std::chrono::seconds(150);
    options.ca_file = ca_file;
    auto renderer = make_renderer(options, clock_, metrics_);
    RenderRequest request;
    request.url = server.https_url() + "/";
    request.settle = std::chrono::milliseconds(100);
    request.timeout = std::chrono::seconds(150);
    request.screenshot = false;
    return renderer->render(request);
  }
  static void expect_refused(const Result<Rendered>& got, std::string_view reason) {
    ASSERT_FALSE(got) << got->dom;
    EXPECT_NE(got.error().full().find(reason), std::string::npos) << got.error().full();
  }

  fs::path folder_ = fs::temp_directory_path() / ("authorities test-" + random_token(6));  // with a space
  SystemClock clock_;
  Metrics metrics_;
};

TEST_F(PrivateAuthority, IsTrustedForTheSiteThatNamesItAndForNothingItDidNotSign) {
  Nginx town;
  start(town, "town", "IP:127.0.0.1");
  auto got = render(town, file("town.pem"));
  ASSERT_TRUE(got) << got.error().full();
  EXPECT_EQ(got->status, 200);
  EXPECT_NE(got->dom.find("Behind the town"), std::string::npos) << got->dom;

  std::ofstream(file("both.pem")) << std::ifstream(file("other.pem")).rdbuf()
                                  << std::ifstream(file("town.pem")).rdbuf();
  got = render(town, file("both.pem"));
  EXPECT_TRUE(got) << got.error().full();

  expect_refused(render(town, ""), "ERR_CERT_AUTHORITY_INVALID");
  expect_refused(render(town, file("other.pem")), "ERR_CERT_AUTHORITY_INVALID");
  expect_refused(render(town, file("missing.pem")), "cannot be read");
  std::ofstream(file("no.pem")) << "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n";
  expect_refused(render(town, file("no.pem")), "certutil");

  Nginx misnamed;  // the authority's, for another name
  start(misnamed, "town", "DNS:other.example");
  expect_refused(render(misnamed, file("town.pem")), "ERR_CERT_COMMON_NAME_INVALID");
}

TEST_F(PrivateAuthority, AServersOwnCertificateIsTrustedAsTheFetchesTrustIt) {
  Nginx town;
  start(town);
  auto got = render(town, town.certificate());
  ASSERT_TRUE(got) << got.error().full();
  EXPECT_NE(got->dom.find("Behind the town"), std::string::npos);
}

}  // namespace
}  // namespace vedette::sites
