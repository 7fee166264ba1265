// SPDX-License-Identifier: Apache-2.0
// What is appended to a sealed file: the input is the objects of a further revision, "N G obj"
// at the begin of a line each; a first line "trailer ..." gives the members of the trailer. The
// cross-reference is made here, so that every input is a revision. The pages stay as they were, or
// the seal is no longer intact.
#include <array>
#include <map>

#include "tests/fuzz/trust.h"

using namespace yinxin;

namespace {

struct Base {
    explicit Base(const char* name) : file(fuzz::context(name)) {
        const auto document = pdf::reader::Document::open(file);
        const auto& section = document.revisions().back().section();
        previous = section.offset;
        members = "/Size " + std::to_string(section.size + 20) + " /Root " +
                  std::to_string(document.catalog_id(document.newest()).number) + " 0 R";
        for (const char* key : {"ID", "Info"}) {
            if (const auto* value = section.dict().find(key)) {
                members += std::string(" /") + key + " " +
                           std::string(
                               as_text(file).substr(value->extent().begin, value->extent().size()));
            }
        }
        const auto report = verify_document(file, fuzz::trust(), fuzz::own(), fuzz::now());
        fuzz::holds(report.integrity == verify::Integrity::Intact, "the base is sealed");
    }
    Bytes file;
    std::size_t previous = 0;
    std::string members;
};

std::string with_revision(const Base& base, std::string_view objects) {
    constexpr std::string_view kTrailer = "trailer ";
    std::string members = base.members;
    if (objects.starts_with(kTrailer)) {
        const std::size_t end = std::min(objects.find('\n'), objects.size());
        members = objects.substr(kTrailer.size(), end - kTrailer.size());
        objects.remove_prefix(end);
    }
    std::string out(as_text(base.file));
    std::map<unsigned long, std::pair<std::size_t, unsigned long>> places;
    for (std::size_t at = 0; at < objects.size();) {
        const std::string line(objects.substr(at, objects.find('\n', at) - at));
        unsigned long number = 0, generation = 0;
        char last = 0;
        if (std::sscanf(line.c_str(), "%lu %lu ob%c", &number, &generation, &last) == 3 &&
            last == 'j' && number < 100'000 && generation < 100'000) {
            places[number] = {out.size() + at, generation};
        }
        at += line.size() + 1;
    }
    out.append(objects).append("\n");
    const std::size_t start = out.size();
    out += "xref\n";
    for (const auto& [number, place] : places) {
        std::array<char, 64> entry{};
        std::snprintf(entry.data(),
                      entry.size(),
                      "%lu 1\n%010zu %05lu n \n",
                      number,
                      place.first,
                      place.second);
        out += entry.data();
    }
    return out + "trailer\n<< " + members + " /Prev " + std::to_string(base.previous) +
           " >>\nstartxref\n" + std::to_string(start) + "\n%%EOF\n";
}

void try_on(const Base& base, std::string_view objects) {
    const std::string file = with_revision(base, objects);
    const auto report = verify_document(as_bytes(file), fuzz::trust(), fuzz::own(), fuzz::now());
    fuzz::expect_no_forgery(as_bytes(file), report);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Base certified("certified.pdf"), approved("approved.pdf");
    const std::string_view objects = as_text({data, size});
    try_on(size % 2 == 0 ? certified : approved, objects);
    return 0;
}
