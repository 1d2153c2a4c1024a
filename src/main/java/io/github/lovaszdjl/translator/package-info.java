/** Turns images into label maps with a trained model. */
package io.github.lovaszdjl.translator;
