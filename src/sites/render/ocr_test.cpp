#include "sites/render/ocr.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "sites/render/chromium_process.h"
#include "sites/render/picture.h"

namespace vedette::sites {
namespace {

using testing::HasSubstr;

std::string blank_png() {
  return encode_png(Picture{320, 200, std::vector<std::uint8_t>(std::size_t{3} * 320 * 200, 255)});
}

class OcrTest : public testing::Test {
 protected:
  // With time enough for a machine that is ten times slower.
  static OcrOptions patient() {
    OcrOptions out;
    out.timeout = std::chrono::seconds(150);
    return out;
  }
  SystemClock clock_;
  Metrics metrics_;
};

TEST_F(OcrTest, ReadsVietnameseAndEnglishFromAScreenshot) {
  auto ocr = make_ocr(patient(), clock_, metrics_);
  if (!ocr->sight().ok) GTEST_SKIP() << "no tesseract with vie and eng on this machine";
  if (find_chromium().empty()) GTEST_SKIP() << "no Chromium on this machine to make a screenshot with";
  RenderOptions browser;
  browser.start_timeout = std::chrono::seconds(150);
  auto renderer = make_renderer(browser, clock_, metrics_);
  RenderRequest request;
  request.timeout = std::chrono::seconds(150);
  request.url = "https://example.org/";
  request.html =
      "<body style='background:#000;color:#0f0;font:32px sans-serif'><h1>HACKED BY TEAM</h1>"
      "<p style='color:#fff'>Trang này đã bị tấn công</p>";
  auto shown = renderer->render(request);
  ASSERT_TRUE(shown.has_value()) << shown.error().full();
  auto text = ocr->read(shown->screenshot_png);
  ASSERT_TRUE(text.has_value()) << text.error().full();
  EXPECT_THAT(text->text, HasSubstr("HACKED BY TEAM"));
  EXPECT_THAT(text->text, HasSubstr("đã bị tấn công"));
  EXPECT_GT(text->confidence, 60);
}

TEST_F(OcrTest, ABlankPictureHasNoText) {
  auto ocr = make_ocr(patient(), clock_, metrics_);
  if (!ocr->sight().ok) GTEST_SKIP() << "no tesseract with vie and eng on this machine";
  auto text = ocr->read(blank_png());
  ASSERT_TRUE(text.has_value()) << text.error().full();
  EXPECT_EQ(text->text, "");
}

TEST_F(OcrTest, SaysWhenItCannotRead) {
  OcrOptions off;
  off.enabled = false;
  EXPECT_EQ(make_ocr(off, clock_, metrics_)->sight().reason.key, "sites.ocr.off");
  OcrOptions klingon;
  klingon.languages = "tlh";
  auto ocr = make_ocr(klingon, clock_, metrics_);
  EXPECT_FALSE(ocr->sight().ok);
  EXPECT_EQ(ocr->read(blank_png()).error().code(), ErrorCode::kUnsupported);
}

// The program in place of tesseract shows what happens when it hangs, dies or talks without end.
class OcrProgramTest : public OcrTest {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("ocr_test_" + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
    std::filesystem::permissions(folder_, std::filesystem::perms(0755));
    std::ofstream(folder_ / "vie.traineddata") << "x";
    std::ofstream(folder_ / "eng.traineddata") << "x";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  Result<OcrText> read_with(const std::string& script,
                            std::chrono::milliseconds timeout = patient().timeout) {
    auto program = folder_ / "program";
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(program, std::filesystem::perms(0755));
    OcrOptions options;
    options.program = program;
    options.data_folder = folder_;
    options.timeout = timeout;
    return make_ocr(options, clock_, metrics_)->read(blank_png());
  }
  std::filesystem::path folder_;
};

TEST_F(OcrProgramTest, AHangIsEnded) {
  EXPECT_EQ(read_with("exec sleep 1000", std::chrono::milliseconds(500)).error().code(), ErrorCode::kTimeout);
}
TEST_F(OcrProgramTest, ACrashIsReported) {
  EXPECT_EQ(read_with("kill -SEGV $$").error().code(), ErrorCode::kUnavailable);
}
TEST_F(OcrProgramTest, EndlessOutputIsCut) {
  auto got = read_with("exec yes");
  ASSERT_TRUE(got.has_value()) << got.error().full();
  EXPECT_EQ(got->text, "");
}
TEST_F(OcrProgramTest, LinesAndConfidenceComeFromTheTable) {
  auto got = read_with(
      R"(printf 'level\tpage_num\n5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t90.5\tHacked\n')"
      R"(; printf '5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t80\tby\n5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t10\tnoise\n')"
      R"(; printf '5\t1\t2\t1\t1\t1\t0\t0\t9\t9\t70\tme\n')");
  ASSERT_TRUE(got.has_value()) << got.error().full();
  EXPECT_EQ(got->text, "Hacked by\nme");
  EXPECT_EQ(got->words, 3);
  EXPECT_EQ(got->confidence, 80);
}

TEST_F(OcrTest, RefusesWhatIsNoPicture) {
  auto ocr = make_ocr({}, clock_, metrics_);
  if (!ocr->sight().ok) GTEST_SKIP() << "no tesseract with vie and eng on this machine";
  EXPECT_EQ(ocr->read("GIF89a").error().code(), ErrorCode::kInvalid);
}

}  // namespace
}  // namespace vedette::sites
