// What PDF and ODT say is asked of other programs: poppler, LibreOffice and odt2txt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/id.h"
#include "paper/document.h"
#include "paper/printable.h"

namespace vedette::paper {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

bool installed(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return out;
  std::array<char, 4096> part;
  for (std::size_t n; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;) out.append(part.data(), n);
  ::pclose(pipe);
  return out;
}

struct PaperTest : testing::Test {
  fs::path folder = fs::temp_directory_path() / ("vedette-paper-" + random_token(8));
  void SetUp() override { fs::create_directories(folder); }
  void TearDown() override { fs::remove_all(folder); }
  std::string file(const std::string& name, const Result<std::string>& bytes) {
    EXPECT_TRUE(bytes) << bytes.error().full();
    auto path = (folder / name).string();
    if (bytes) std::ofstream(path, std::ios::binary) << *bytes;
    return path;
  }
  static Document document() {
    return {.title = "Báo cáo sự cố an toàn thông tin mạng",
            .lines = {"Sự cố 2026-0001 · TLP:AMBER"},
            .sections = {{"Đơn vị báo cáo",
                          {{"Tên đơn vị", "Sở Thông tin và Truyền thông tỉnh Thừa Thiên Huế", "Cài đặt"},
                           {"Người liên hệ", "Nguyễn Thị Ánh Tuyết <an@example.org> & Ngô Đức Thuận"}}},
                         {"Diễn biến", {{"Đã làm", "09:00 ngắt mạng\n09:05 khôi phục trang, kiểm tra kỹ"}}}},
            .foot = "2026-0001"};
  }
};

TEST_F(PaperTest, APdfHoldsTheWholeVietnameseTextAndItsFonts) {
  if (!installed("pdftotext")) GTEST_SKIP() << "poppler-utils is not installed";
  auto path = file("a.pdf", pdf_of(document()));
  auto text = output_of("pdftotext -layout " + path + " -");
  for (auto* part :
       {"Báo cáo sự cố an toàn thông tin mạng", "Sở Thông tin và Truyền thông tỉnh Thừa Thiên Huế",
        "Nguyễn Thị Ánh Tuyết <an@example.org>", "09:05 khôi phục trang, kiểm tra kỹ", "Cài đặt"})
    EXPECT_THAT(text, HasSubstr(part));
  auto fonts = output_of("pdffonts " + path);
  EXPECT_THAT(fonts, HasSubstr("yes yes yes"));  // embedded, subset, with a map to Unicode
  EXPECT_THAT(fonts, Not(HasSubstr(" no  ")));
}

TEST_F(PaperTest, ALongValueGoesOnOnTheNextPageAndLosesNothing) {
  if (!installed("pdftotext")) GTEST_SKIP() << "poppler-utils is not installed";
  auto long_one = document();
  std::string lines;
  for (int i = 0; i < 300; ++i) lines += fmt::format("dòng {:03} của báo cáo\n", i);
  long_one.sections[1].rows.push_back({"Rất dài", lines, ""});
  auto path = file("long.pdf", pdf_of(long_one));
  auto text = output_of("pdftotext -layout " + path + " -");
  for (int i = 0; i < 300; ++i) EXPECT_THAT(text, HasSubstr(fmt::format("dòng {:03}", i)));
  EXPECT_THAT(output_of("pdfinfo " + path), HasSubstr("A4"));
  EXPECT_GT(std::count(text.begin(), text.end(), '\f'), 4);
}

TEST_F(PaperTest, AnOdtIsReadByOdt2txtAndLibreOffice) {
  auto path = file("a.odt", odt_of(document()));
  if (!installed("odt2txt")) GTEST_SKIP() << "odt2txt is not installed";
  auto text = output_of("odt2txt --encoding=UTF-8 --width=-1 " + path);
  EXPECT_THAT(text, HasSubstr("Nguyễn Thị Ánh Tuyết <an@example.org> & Ngô Đức Thuận"));
  EXPECT_THAT(text, HasSubstr("Báo cáo sự cố an toàn thông tin mạng"));
  if (!installed("soffice")) GTEST_SKIP() << "LibreOffice is not installed";
  auto converted = output_of("HOME=" + folder.string() + " soffice --headless --convert-to pdf --outdir " +
                             folder.string() + " " + path + " 2>&1");
  ASSERT_TRUE(fs::exists(folder / "a.pdf")) << converted;
  auto printed = output_of("pdftotext -layout " + (folder / "a.pdf").string() + " -");
  EXPECT_THAT(printed, HasSubstr("Sở Thông tin và Truyền thông tỉnh Thừa Thiên Huế"));
  EXPECT_THAT(printed, HasSubstr("09:05 khôi phục trang, kiểm tra kỹ"));
}

TEST_F(PaperTest, AnOdtNamesItsTypeFirstAndNotCompressed) {
  auto odt = odt_of(document());
  ASSERT_TRUE(odt) << odt.error().full();
  EXPECT_EQ(odt->substr(0, 4), "PK\x03\x04");
  EXPECT_EQ(odt->substr(30, 8), "mimetype");  // no extra field before the bytes
  EXPECT_EQ(odt->substr(38, 39), "application/vnd.oasis.opendocument.text");
}

TEST_F(PaperTest, HostileTextDoesNotBreakThePaper) {
  auto hostile = document();
  hostile.title = "</text:p><script>\x01\x02";
  hostile.sections[0].rows[0].value = std::string("a\0b\xff\xfe\x1b[31m & <b> ]]>\xEF\xBF\xBF", 22);
  hostile.foot = "<&>\x03";
  if (!installed("odt2txt")) GTEST_SKIP() << "odt2txt is not installed";
  auto text = output_of("odt2txt --encoding=UTF-8 --width=-1 " + file("h.odt", odt_of(hostile)));
  EXPECT_THAT(text, HasSubstr("</text:p><script>"));
  EXPECT_THAT(text, HasSubstr("ab\xEF\xBF\xBD\xEF\xBF\xBD[31m & <b> ]]>"));
  EXPECT_TRUE(pdf_of(hostile).has_value());
}

TEST(PaperLimits, ARefusalSaysTheLimit) {
  Document large;
  large.title = std::string(kDocumentBytesMax + 1, 'x');
  EXPECT_EQ(pdf_of(large).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(odt_of(large).error().code(), ErrorCode::kLimit);
  Document many;
  std::string lines;
  for (int i = 0; i < 60'000; ++i) lines += "x\n";
  many.sections = {{"s", {{"l", lines, ""}}}};
  EXPECT_EQ(pdf_of(many).error().code(), ErrorCode::kLimit);
  Document one_line;
  for (int i = 0; i < 10'000; ++i) one_line.title += "ệ";
  EXPECT_TRUE(pdf_of(one_line).has_value());
}

TEST(Printable, LeavesOutWhatNoPaperMayHold) {
  EXPECT_EQ(printable("a\tb\r\nc\x7f\xC2\x85"), "a b\nc");
  EXPECT_EQ(printable("\xED\xA0\x80").find("\xEF\xBF\xBD"), 0u);
}

}  // namespace
}  // namespace vedette::paper
