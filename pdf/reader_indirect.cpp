// SPDX-License-Identifier: Apache-2.0
#include "pdf/reader_indirect.h"

#include <limits>

namespace yinxin::pdf::reader {

namespace {

std::uint32_t bounded(std::uint64_t value, std::size_t offset) {
    if (value > std::numeric_limits<std::uint32_t>::max()) {
        malformed(offset, "an object number is too large");
    }
    return static_cast<std::uint32_t>(value);
}

void read_stream_data(ByteView file, Lexer& lexer, Indirect& object, const Resolve& resolve) {
    std::size_t begin = lexer.position();
    const auto has = [&](std::size_t at, char byte) {
        return at < file.size() && file[at] == static_cast<std::uint8_t>(byte);
    };
    if (has(begin, '\r') && has(begin + 1, '\n')) {
        begin += 2;
    } else if (has(begin, '\n')) {
        begin += 1;
    } else {
        malformed(begin, "'stream' must be followed by an end of line");
    }
    const Object* stated = object.value.dict()->find("Length");
    if (stated == nullptr) {
        malformed(object.extent.begin, "a stream without /Length");
    }
    object.length_is_indirect = stated->reference() != nullptr;
    const auto* length = resolve(*stated).integer();
    if (length == nullptr || *length < 0 ||
        static_cast<std::uint64_t>(*length) > file.size() - begin) {
        malformed(object.extent.begin, "a stream's /Length is no length inside the file");
    }
    object.is_stream = true;
    object.data = {begin, begin + static_cast<std::size_t>(*length)};
    std::size_t end = object.data.end;
    if (has(end, '\r') && has(end + 1, '\n')) {
        end += 2;
    } else if (has(end, '\n') || has(end, '\r')) {
        end += 1;
    }
    constexpr std::string_view kEnd = "endstream";
    if (as_text(file.subspan(end)).substr(0, kEnd.size()) != kEnd) {
        malformed(end, "'endstream' expected: the stream is not as long as its /Length says");
    }
    lexer.seek(end + kEnd.size());
}

PredictorParameters predictor_parameters(const Object* given,
                                         const Resolve& resolve,
                                         std::size_t offset) {
    PredictorParameters parameters;
    const Dict* dict = given != nullptr ? resolve(*given).dict() : nullptr;
    const auto read = [&](const char* key, int& target) {
        const Object* value = dict != nullptr ? dict->find(key) : nullptr;
        if (value == nullptr) {
            return;
        }
        const auto* number = resolve(*value).integer();
        if (number == nullptr || *number < 0 || *number > 10'000'000) {
            malformed(offset, std::string("/") + key + " of the filter is out of range");
        }
        target = static_cast<int>(*number);
    };
    read("Predictor", parameters.predictor);
    read("Colors", parameters.colors);
    read("BitsPerComponent", parameters.bits_per_component);
    read("Columns", parameters.columns);
    return parameters;
}

/// One entry per filter; a single value stands for an array of one (7.3.8.2, table 5).
std::vector<const Object*> one_or_many(const Object* value, const Resolve& resolve) {
    std::vector<const Object*> all;
    if (value == nullptr) {
        return all;
    }
    const Object& resolved = resolve(*value);
    if (const Array* array = resolved.array()) {
        for (const Object& item : *array) {
            all.push_back(&resolve(item));
        }
    } else if (!resolved.is_null()) {
        all.push_back(&resolved);
    }
    return all;
}

}  // namespace

Object direct_value(Lexer& lexer) {
    Object value = lexer.object();
    if (value.reference() != nullptr) {
        malformed(value.extent().begin, "an object is nothing but a reference to another");
    }
    return value;
}

Indirect read_indirect(ByteView file,
                       std::size_t offset,
                       ValueBudget& budget,
                       const Resolve& resolve) {
    Lexer lexer(file, offset, budget);
    Indirect object;
    object.source = file;
    object.extent.begin = offset;
    object.id.number = bounded(lexer.unsigned_integer(), offset);
    lexer.skip_space();
    object.id.generation = bounded(lexer.unsigned_integer(), offset);
    lexer.expect_keyword("obj");
    object.value = direct_value(lexer);
    if (object.value.dict() != nullptr && lexer.accept_keyword("stream")) {
        read_stream_data(file, lexer, object, resolve);
    }
    lexer.expect_keyword("endobj");
    object.extent.end = lexer.position();
    return object;
}

Unfiltered unfilter_stream(ByteView file,
                           const Indirect& stream,
                           InflateBudget& budget,
                           const Resolve& resolve) {
    const std::size_t offset = stream.data.begin;
    if (!stream.is_stream) {
        malformed(stream.extent.begin, "a stream expected");
    }
    const Dict& dict = *stream.value.dict();
    if (dict.find("F") != nullptr) {
        malformed(offset, "a stream whose data is in another file");
    }
    const auto filters = one_or_many(dict.find("Filter"), resolve);
    const auto parameters = one_or_many(dict.find("DecodeParms"), resolve);
    ByteView data = file.subspan(offset, stream.data.size());
    Unfiltered out;
    if (filters.size() > 8) {
        malformed(offset, "too many filters on one stream");
    }
    for (std::size_t i = 0; i < filters.size(); ++i) {
        if (filters[i]->is_name("FlateDecode")) {
            const Object* given = i < parameters.size() ? parameters[i] : nullptr;
            out.data = undo_predictor(inflate(data, budget, offset),
                                      predictor_parameters(given, resolve, offset),
                                      offset);
        } else if (filters[i]->is_name("ASCIIHexDecode")) {
            out.data = decode_ascii_hex(data, offset);
        } else if (filters[i]->is_name("ASCII85Decode")) {
            out.data = decode_ascii85(data, offset);
        } else {
            const Name* name = filters[i]->name();
            out.left = name != nullptr && !name->text.empty() ? name->text : "?";
            break;
        }
        data = out.data;
    }
    if (data.data() != out.data.data()) {  // no filter was undone
        out.data = to_bytes(data);
    }
    return out;
}

Bytes decode_stream(ByteView file,
                    const Indirect& stream,
                    InflateBudget& budget,
                    const Resolve& resolve) {
    Unfiltered out = unfilter_stream(file, stream, budget, resolve);
    if (!out.left.empty()) {
        malformed(stream.data.begin, "a stream filter that is not read");
    }
    return std::move(out.data);
}

}  // namespace yinxin::pdf::reader
