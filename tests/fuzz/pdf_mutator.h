// SPDX-License-Identifier: Apache-2.0
// Mutates a PDF's bytes and then mostly puts right what counts bytes in it: stream lengths,
// cross-reference tables, /Prev, startxref and /ByteRange. Else nearly every mutation would end at
// the first offset.
#pragma once

#include <array>
#include <map>

#include "tests/fuzz/fuzz.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace yinxin::fuzz {

class OffsetRepair {
  public:
    std::string run(std::string_view file) {
        while (!file.empty()) {
            const std::size_t end = std::min(file.find('\n'), file.size() - 1) + 1;
            line(std::string(file.substr(0, end)));
            file.remove_prefix(end);
        }
        byte_ranges();
        return std::move(out_);
    }

  private:
    void line(std::string text) {
        unsigned long first = 0, second = 0;
        char last = 0;
        if (at_startxref_) {
            text = std::to_string(xref_) + "\n";
            at_startxref_ = false;
        } else if (std::sscanf(text.c_str(), "%lu %lu ob%c", &first, &second, &last) == 3 &&
                   last == 'j') {
            objects_[first] = object_ = out_.size();
            in_table_ = false;
        } else if (text.starts_with("xref")) {
            section(out_.size());
            in_table_ = true;
        } else if (text.starts_with("startxref")) {
            at_startxref_ = true;
            in_trailer_ = false;
        } else if (text.starts_with("trailer")) {
            in_table_ = false;
            in_trailer_ = true;
        } else if (in_table_) {
            table_line(text);
        } else if (text.starts_with("endstream")) {
            stream_length();
        }
        if (text.find("/XRef") != std::string::npos) {
            section(object_);
            in_trailer_ = true;
        }
        if (in_trailer_) {
            replace_number(text, "/Prev ", previous_);
        }
        out_ += text;
        if (text == "stream\n" || text == "stream\r\n") {
            stream_ = out_.size();
        }
    }

    void section(std::size_t begin) {
        previous_ = xref_;
        xref_ = begin;
    }

    void table_line(std::string& text) {
        unsigned long first = 0, count = 0;
        if (text.size() == 20 && text[10] == ' ') {
            const auto found = objects_.find(number_++);
            if (text[17] == 'n' && found != objects_.end()) {
                std::array<char, 32> offset{};
                std::snprintf(offset.data(), offset.size(), "%010zu", found->second);
                text.replace(0, 10, offset.data());
            }
        } else if (std::sscanf(text.c_str(), "%lu %lu", &first, &count) == 2) {
            number_ = first;
        }
    }

    /// A direct one, of the stream that ends here.
    void stream_length() {
        if (stream_ <= object_ || out_.size() <= stream_) {
            return;
        }
        const std::size_t length = out_.size() - stream_ - (out_.back() == '\n' ? 1 : 0);
        std::string head = out_.substr(object_, stream_ - object_);
        replace_number(head, "/Length ", length);
        out_.replace(object_, stream_ - object_, head);
    }

    static void replace_number(std::string& text, std::string_view key, std::size_t number) {
        const std::size_t at = text.find(key);
        if (at == std::string::npos) {
            return;
        }
        const std::size_t begin = at + key.size();
        const std::size_t end = std::min(text.find_first_not_of("0123456789", begin), text.size());
        if (end > begin && text.compare(end, 4, " 0 R") != 0) {
            text.replace(begin, end - begin, std::to_string(number));
        }
    }

    void byte_ranges() {
        constexpr std::string_view kRange = "/ByteRange [", kContents = "/Contents <";
        for (std::size_t at = 0; (at = out_.find(kRange, at)) != std::string::npos;) {
            at += kRange.size();
            const std::size_t close = out_.find(']', at);
            const std::size_t contents = out_.find(kContents, at);
            const std::size_t end = out_.find('>', contents);
            const std::size_t eof = out_.find("%%EOF\n", end);
            if (close == std::string::npos || contents == std::string::npos ||
                end == std::string::npos || eof == std::string::npos) {
                return;
            }
            const std::size_t gap = contents + kContents.size() - 1;
            std::string numbers = "0 " + std::to_string(gap) + " " + std::to_string(end + 1) + " " +
                                  std::to_string(eof + 6 - end - 1);
            if (numbers.size() <= close - at) {
                numbers.resize(close - at, ' ');
                out_.replace(at, numbers.size(), numbers);
            }
        }
    }

    std::string out_;
    std::map<unsigned long, std::size_t> objects_;
    std::size_t object_ = 0, stream_ = 0, xref_ = 0, previous_ = 0;
    unsigned long number_ = 0;
    bool in_table_ = false, in_trailer_ = false, at_startxref_ = false;
};

}  // namespace yinxin::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t size_max,
                                               unsigned seed) {
    const std::size_t changed = LLVMFuzzerMutate(data, size, size_max);
    if (seed % 4 == 0) {
        return changed;
    }
    const std::string right =
        yinxin::fuzz::OffsetRepair().run({reinterpret_cast<const char*>(data), changed});
    if (right.size() > size_max) {
        return changed;
    }
    std::copy(right.begin(), right.end(), data);
    return right.size();
}
