/**
 * The report pages, each one HTML file that needs no other.
 *
 * <p>Begin with the templates, {@code *.ftlh}, which lie in the folder of resources of this name
 * and hold all HTML, style and script. {@link io.github.lovaszdjl.app.page.Pages} fills them, with
 * every value escaped; {@link io.github.lovaszdjl.app.page.Show} is how they write figures, files
 * and addresses. {@link io.github.lovaszdjl.app.page.RunPage}, {@link
 * io.github.lovaszdjl.app.page.ComparisonPage} and {@code SearchPage} gather what a page shows,
 * {@link io.github.lovaszdjl.app.page.LineChart} and {@code ScatterChart} the curves and points.
 *
 * <p>Calls {@code picture}, {@code table} and the library; {@code run} and {@code check} call it.
 */
package io.github.lovaszdjl.app.page;
