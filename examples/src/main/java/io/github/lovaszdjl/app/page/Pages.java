package io.github.lovaszdjl.app.page;

import freemarker.core.ArithmeticEngine;
import freemarker.core.TemplateClassResolver;
import freemarker.template.Configuration;
import freemarker.template.DefaultObjectWrapper;
import freemarker.template.TemplateException;
import freemarker.template.TemplateExceptionHandler;
import freemarker.template.TemplateModel;
import freemarker.template.TemplateModelException;
import io.github.lovaszdjl.internal.WholeFile;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Fills the templates of the report pages, which lie beside this class in the jar: {@code *.ftlh}.
 *
 * <p>A template sees the components of the record that it is given by their names, no value where
 * an {@link Optional} is empty, and {@link Show} as {@code show}. Whatever it shows is escaped.
 */
public final class Pages {

    /** Control characters, halves of pairs and the like are in no XML, however written. */
    private static final String NOT_IN_XML =
            "[^\\t\\n\\r\\x20-\\x7E\\xA0-\\x{D7FF}\\x{E000}-\\x{FFFD}\\x{10000}-\\x{10FFFF}]";

    private static final Configuration TEMPLATES = templates();

    private Pages() {}

    /** Writes a page, wholly or not at all. */
    static void write(Path html, String template, Record data) throws IOException {
        byte[] bytes = fill(template, data).getBytes(StandardCharsets.UTF_8);
        WholeFile.write(html, out -> out.write(bytes));
    }

    /**
     * Returns a filled template.
     *
     * @param template its name
     * @param data what it shows; a public record
     * @throws IOException if there is no such template
     */
    public static String fill(String template, Record data) throws IOException {
        StringWriter page = new StringWriter();
        try {
            TEMPLATES.getTemplate(template).process(data, page);
        } catch (TemplateException e) {
            throw new IllegalStateException(template + ": " + e.getMessage(), e);
        }
        return page.toString().replaceAll(NOT_IN_XML, "\uFFFD");
    }

    private static Configuration templates() {
        Configuration templates = new Configuration(Configuration.VERSION_2_3_34);
        templates.setClassForTemplateLoading(Pages.class, "");
        templates.setDefaultEncoding("UTF-8");
        templates.setLocale(Locale.ROOT);
        templates.setLocalizedLookup(false);
        // Coordinates and widths; figures have formats of their own.
        templates.setNumberFormat("0.##");
        // Numbers may be NaN, which the other engine, of decimals, has not.
        templates.setArithmeticEngine(ArithmeticEngine.CONSERVATIVE_ENGINE);
        templates.setObjectWrapper(new Values());
        templates.setNewBuiltinClassResolver(TemplateClassResolver.ALLOWS_NOTHING_RESOLVER);
        templates.setTemplateExceptionHandler(TemplateExceptionHandler.RETHROW_HANDLER);
        templates.setLogTemplateExceptions(false);
        templates.setWrapUncheckedExceptions(true);
        try {
            templates.setSharedVariable("show", new Show());
        } catch (TemplateModelException e) {
            throw new IllegalStateException(e);
        }
        return templates;
    }

    /** Shows what is in an Optional, or nothing. */
    private static final class Values extends DefaultObjectWrapper {

        Values() {
            super(Configuration.VERSION_2_3_34);
        }

        @Override
        protected TemplateModel handleUnknownType(Object object) throws TemplateModelException {
            return object instanceof Optional<?> some
                    ? wrap(some.orElse(null))
                    : super.handleUnknownType(object);
        }
    }
}
